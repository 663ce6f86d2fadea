"""Flow alerts by REST against a real server: what is asked, what is said, and that nothing is lost or said twice."""

import asyncio
from datetime import timedelta

import pytest

from tests.plugins.sources.unusual_whales.server import NOW, TOKEN, Ear, WhaleServer, ago, millis, played, row
from tidegate import AlertReceived, State, trace_of


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UW_API_TOKEN", TOKEN)


def heard(ear: Ear, *rows: object, cut: int = 200, polls: int = 3, sorts_by: str = "created_at", **more: object) -> Ear:
    """Play until the source has looked a few times."""

    async def story(ear: Ear) -> None:
        await ear.until_polled(polls)

    def prepare(server: WhaleServer) -> None:
        server.rows, server.cut = list(rows), cut
        server.sorts_by = "end_time" if sorts_by == "end_time" else "created_at"

    played(story, ear, prepare, **more)
    return ear


def many(count: int, *, apart_s: float = 1.0, first_s: float = 0.0) -> list[object]:
    """Rows `apart_s` seconds apart, the newest first."""
    return [row(f"a{number}", ago(first_s + number * apart_s)) for number in range(count)]


# ---- what is asked and said


def test_the_newest_first_is_said_oldest_first_and_once() -> None:
    ear = heard(Ear(), row("c", ago(1)), row("b", ago(2)), row("a", ago(3)), polls=6)
    assert ear.alerts() == ["a", "b", "c"]


def test_a_fact_carries_when_it_became_known_and_the_newest_last_trade_as_cursor() -> None:
    late = row("late", ago(600), created=ago(5))
    ear = heard(Ear(), late, row("new", ago(10)))
    facts = [(at, fact) for at, fact in ear.facts if isinstance(fact, AlertReceived)]
    assert [(at, fact.alert.id) for at, fact in facts] == [(ago(10), "new"), (ago(5), "late")]
    assert [fact.cursor for _, fact in facts] == [millis(ago(10))] * 2
    assert facts[1][1].alert.at == ago(600)
    assert {fact.source for _, fact in facts} == {"unusual_whales"}


def test_the_token_and_the_client_id_travel_in_headers_and_not_in_the_address() -> None:
    ear = heard(Ear(), row("a"))
    assert {each["Authorization"] for each in ear.server.headers} == {f"Bearer {TOKEN}"}
    assert {each["UW-CLIENT-API-ID"] for each in ear.server.headers} == {"100001"}
    assert TOKEN not in str(ear.server.requests)


def test_the_first_start_ever_reads_an_hour_back() -> None:
    ear = heard(Ear(), row("recent", ago(3500)), row("older", ago(3700)))
    assert ear.alerts() == ["recent"]
    assert ear.server.requests[0]["newer_than"] == str(millis(ago(3600)))


def test_later_polls_ask_only_for_what_is_newer_less_an_overlap() -> None:
    ear = heard(Ear(), row("a", ago(30)), overlap_s=20.0)
    assert ear.server.requests[-1]["newer_than"] == str(millis(ago(50)))
    assert "older_than" not in ear.server.requests[-1]


# ---- pages


@pytest.mark.parametrize("cut", [200, 60])
@pytest.mark.parametrize("sorts_by", ["created_at", "end_time"])
def test_more_rows_than_a_page_are_read_page_by_page(cut: int, sorts_by: str) -> None:
    rows = many(1000)
    ear = heard(Ear(), *rows, cut=cut, sorts_by=sorts_by, polls=40)
    assert ear.alerts() == [f"a{number}" for number in reversed(range(1000))]
    assert ear.failures() == []


@pytest.mark.parametrize("sorts_by", ["created_at", "end_time"])
def test_pages_of_alerts_that_were_listed_late_lose_none(sorts_by: str) -> None:
    rows = [row(f"a{n}", ago(900 + n), created=ago(n % 7 * 60)) for n in range(700)]
    ear = heard(Ear(), *rows, sorts_by=sorts_by, polls=30)
    assert sorted(ear.alerts()) == sorted(f"a{n}" for n in range(700))


def test_hundreds_of_rows_within_one_second_are_all_read() -> None:
    rows = [row(f"a{n}", ago(10 + n * 0.002)) for n in range(450)]
    assert len(heard(Ear(), *rows, polls=12).alerts()) == 450


def test_a_service_that_does_not_page_is_told_and_does_not_hold_us_for_ever() -> None:
    def prepare(server: WhaleServer) -> None:
        server.rows = many(200, apart_s=0.1)
        server.pages = False

    async def story(ear: Ear) -> None:
        await ear.until(ear.failures)
        await ear.until(lambda: len(ear.alerts()) == 200)

    ear = Ear()
    played(story, ear, prepare)
    assert ear.failures() == ["paging: paging leads nowhere: alerts may be missing"]


def test_a_burst_between_two_polls_is_read_back_to_what_is_known() -> None:
    async def story(ear: Ear) -> None:
        await ear.until(lambda: ear.alerts() == ["first"])
        ear.server.rows = [*many(700, apart_s=0.05), row("first", ago(50))]
        await ear.until(lambda: len(ear.alerts()) == 701)
        await ear.until_polled()

    ear = Ear()
    played(story, ear, lambda server: server.rows.append(row("first", ago(50))))
    assert len(set(ear.alerts())) == len(ear.alerts()) == 701


def test_a_quiet_poll_is_one_request_even_when_the_last_page_was_full() -> None:
    async def story(ear: Ear) -> None:
        await ear.until(lambda: len(ear.alerts()) == 300)
        await ear.until_polled(6)
        assert all("older_than" not in each for each in ear.server.requests[-3:])

    ear = Ear()
    played(story, ear, lambda server: setattr(server, "rows", many(300, apart_s=0.1)))


# ---- nothing lost


def test_a_restart_reads_on_from_the_cursor_of_the_journal() -> None:
    since = ago(7200)
    rows = [row("gap", ago(7000)), row("before", ago(9000)), row("new", ago(10))]
    ear = heard(Ear(cursor=millis(since)), *rows)
    assert ear.alerts() == ["gap", "new"]
    assert ear.server.requests[0]["newer_than"] == str(millis(since) - 1_200_000)


def test_what_the_journal_has_is_not_said_again_after_a_restart() -> None:
    state = State()
    state.seen[trace_of("unusual_whales", "old")] = None
    ear = heard(Ear(cursor=millis(ago(20)), state=state), row("old", ago(20)), row("new", ago(10)))
    assert ear.alerts() == ["new"]


def test_a_cursor_that_counts_rows_of_a_recording_is_no_time() -> None:
    ear = heard(Ear(cursor=172), row("a", ago(20)))
    assert ear.alerts() == ["a"]
    assert ear.server.requests[0]["newer_than"] == str(millis(ago(3600)))


def test_a_gap_longer_than_the_setting_is_told_and_read_as_far_as_it_says() -> None:
    ear = heard(Ear(cursor=millis(ago(9000))), row("within", ago(3000)), row("beyond", ago(8000)), backfill_s=3600.0)
    assert ear.alerts() == ["within"]
    (gap,) = ear.failures()
    assert gap.startswith("gap: nothing is read from 2025-10-15 11:30 to 2025-10-15 13:00 UTC; ")


def test_an_alert_that_is_listed_long_after_its_last_trade_is_found() -> None:
    async def story(ear: Ear) -> None:
        await ear.until(lambda: ear.alerts() == ["new"])
        ear.server.rows.append(row("late", ago(800)))
        await ear.until(lambda: "late" in ear.alerts())

    ear = Ear()
    played(story, ear, lambda server: server.rows.append(row("new", ago(5))), sweep_s=0.05)


def test_a_look_that_was_cut_short_is_begun_anew_and_says_nothing_twice() -> None:
    rows = many(500)
    first, second = Ear(), Ear()

    async def cut_short(ear: Ear) -> None:
        await ear.until(lambda: len(ear.server.requests) >= 2)

    played(cut_short, first, lambda server: setattr(server, "rows", rows))
    state = State()
    for name in first.alerts():
        state.seen[trace_of("unusual_whales", name)] = None
    second = Ear(cursor=max([fact.cursor for fact in first.of(AlertReceived)], default=0), state=state)
    heard(second, *rows, polls=8)
    assert sorted([*first.alerts(), *second.alerts()]) == sorted(f"a{n}" for n in range(500))


# ---- filters


def test_filters_are_asked_of_the_service_and_looked_at_again() -> None:
    rows = [
        row("good", ago(9)),
        row("other", ago(8), ticker="AMD", option_chain="AMD251017C00185000"),
        row("small", ago(7), total_premium="99999"),
        row("far", ago(6), option_chain="NVDA251219C00185000", expiry="2025-12-19"),
    ]
    ear = heard(Ear(), *rows, symbols=("NVDA", "BRK.B"), min_premium=100_000.0, max_days_to_expiry=7)
    assert ear.alerts() == ["good"]
    asked = {"ticker_symbol": "NVDA,BRK.B", "min_premium": "100000", "max_dte": "7"}
    assert asked.items() <= ear.server.requests[0].items()
    assert ear.source.gauges()["filtered"] == 3


def test_symbols_to_leave_are_excluded_with_one_dash() -> None:
    rows = [row("good", ago(9)), row("left", ago(8), ticker="SPY", option_chain="SPY251017C00185000")]
    ear = heard(Ear(), *rows, without=("SPY", "QQQ"))
    assert ear.alerts() == ["good"]
    assert ear.server.requests[0]["ticker_symbol"] == "-SPY,QQQ"


# ---- bad rows


def test_bad_rows_are_told_once_counted_by_kind_and_cost_the_others_nothing() -> None:
    rows = [
        row("good", ago(9)),
        7,
        None,
        "text",
        row("no-premium", ago(8), total_premium=None),
        row("negative", ago(7), total_premium="-5"),
        row("no-chain", ago(6), option_chain="???"),
        row("future", NOW, created=NOW + timedelta(hours=3)),
        {**row("no-id", ago(5)), "id": None},
    ]
    ear = heard(Ear(), *rows, polls=6)
    assert ear.alerts() == ["good"]
    assert len(ear.rejected()) == len(set(ear.rejected())) == 8
    rejects = ear.source.gauges()["rejects"]
    assert isinstance(rejects, dict)
    assert rejects["total_premium"] == 2
    assert rejects["from the future"] == 1
    assert sum(rejects.values()) == 8
    samples = ear.source.gauges()["samples"]
    assert isinstance(samples, dict)
    assert '"id": "no-premium"' in samples["total_premium"]


def test_a_row_from_the_future_is_read_when_its_time_has_come() -> None:
    clock = [ago(600)]

    async def story(ear: Ear) -> None:
        await ear.until(ear.rejected)
        clock[0] = NOW
        await ear.until(ear.alerts)

    ear = Ear(now=lambda: clock[0])
    played(story, ear, lambda server: server.rows.append(row("a", ago(1))))
    assert ear.alerts() == ["a"]


def test_a_duplicate_within_a_page_is_counted_and_said_once() -> None:
    ear = heard(Ear(), row("a", ago(9)), row("a", ago(9)))
    assert ear.alerts() == ["a"]
    duplicates = ear.source.gauges()["duplicates"]
    assert isinstance(duplicates, int)
    assert duplicates >= 1


def test_gauges_tell_rows_quota_and_the_time_of_the_last_new_alert() -> None:
    async def story(ear: Ear) -> None:
        await ear.until(ear.alerts)
        await asyncio.sleep(0)
        told = ear.source.gauges()
        assert (told["via"], told["alerts"], told["at"], told["answered_at"]) == ("rest", 1, NOW, NOW)
        assert told["trouble"] == ""
        assert isinstance(told["quotas"], list)
        (day,) = told["quotas"]
        assert (day.name, day.used, day.limit) == ("day", 42.0, 15000.0)
        assert day.resets_at.isoformat() == "2025-10-16T00:00:00+00:00"

    played(story, Ear(), lambda server: server.rows.append(row("a", ago(1))))
