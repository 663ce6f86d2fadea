"""Readings from a real server: what is asked for whom, what is said, and what a refusal or a failure stops."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.plugins.sources.unusual_whales.server import NOW, TOKEN, Answer, Ear, WhaleServer, ago, played, refusal
from tidegate import Direction, FlowItem, InputError, Reading, ReadingSeen, State, Symbol
from tidegate.plugins.sources.unusual_whales.plugin import UnusualWhales
from tidegate.plugins.sources.unusual_whales.quota.plan import Rank
from tidegate.plugins.sources.unusual_whales.readings.poller import ranks
from tidegate.plugins.sources.unusual_whales.readings.table import ENDPOINTS, KEYS
from tidegate.testing import a_position

DAILY = {"asked_" + endpoint.key for endpoint in ENDPOINTS if endpoint.daily}
RANK = {"date": "2025-10-14", "iv_rank_1y": "40.5", "updated_at": "2025-10-14T20:15:00Z"}


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UW_API_TOKEN", TOKEN)


def good(*rows: object) -> Answer:
    return 200, {}, json.dumps({"data": rows})


def readings(ear: Ear) -> dict[tuple[str, str | None], float]:
    return {(fact.reading.name, fact.reading.symbol): fact.reading.value for fact in ear.of(ReadingSeen)}


def asked(ear: Ear, part: str) -> list[str]:
    return [path for path in ear.server.paths if part in path]


def heard(ear: Ear, until: Callable[[Ear], object], others: dict[str, Answer] | None = None, **settings: object) -> Ear:
    """Play until something is so; alerts are hardly looked for."""

    async def story(ear: Ear) -> None:
        await ear.until(lambda: until(ear))

    def prepare(server: WhaleServer) -> None:
        server.others = others or {}

    few = {"readings": KEYS, "poll_s": 5.0, "closed_poll_s": 60.0, "watch": ("NVDA",)}
    played(story, ear, prepare, **{**few, **settings})
    return ear


def test_every_endpoint_is_asked_about_a_watched_symbol_and_funds_alone_about_their_flow() -> None:
    ear = heard(Ear(), lambda ear: len(ear.server.paths) >= 24, watch=("NVDA", "SPY"))
    paths = [path.partition("?")[0] for path in ear.server.paths]
    assert sorted(paths) == sorted(
        endpoint.address(symbol)
        for endpoint in ENDPOINTS
        for symbol in ("NVDA", "SPY")
        if (endpoint.about, symbol) in {("market", "SPY"), ("symbol", "SPY"), ("symbol", "NVDA"), ("etf", "SPY")}
    )
    assert "transaction_codes%5B%5D=P&transaction_codes%5B%5D=S" in asked(ear, "insider")[0]
    assert "ticker=NVDA" in asked(ear, "congress")[0]


def test_an_answer_becomes_readings_and_a_daily_one_says_when_it_was_asked() -> None:
    others = {"/api/stock/NVDA/iv-rank": good(RANK)}
    ear = heard(Ear(), lambda ear: DAILY - {"asked_etf_flow"} <= {name for name, _ in readings(ear)}, others)
    found = readings(ear)
    assert found["iv_rank", "NVDA"] == 40.5
    assert found["asked_iv_rank", "NVDA"] == 1.0
    assert found["asked_congress", "NVDA"] == 0.0
    assert {name for name, _ in found} == (DAILY - {"asked_etf_flow"}) | {"iv_rank"}
    assert ear.failures() == []


def test_what_was_asked_this_morning_is_not_asked_again_after_a_restart() -> None:
    shelf = {name: Reading(name=name, at=ago(3600), value=0.0, max_age_s=86_400.0, symbol="NVDA") for name in DAILY}
    state = State(at=NOW, symbols={"NVDA": Symbol(readings=shelf)})
    ear = heard(Ear(state=state), lambda ear: len(ear.server.paths) >= 3 and len(ear.server.requests) >= 1)
    assert {path.partition("?")[0] for path in ear.server.paths} == {
        "/api/market/market-tide",
        "/api/darkpool/NVDA",
        "/api/stock/NVDA/net-prem-ticks",
    }


def test_a_reading_that_is_known_is_not_said_again() -> None:
    known = Reading(name="iv_rank", at=NOW, value=40.5, max_age_s=5 * 86_400.0, symbol="NVDA")
    state = State(at=NOW, symbols={"NVDA": Symbol(readings={"iv_rank": known})})
    others = {"/api/stock/NVDA/iv-rank": good({**RANK, "date": "2025-10-15", "updated_at": NOW.isoformat()})}
    ear = heard(Ear(state=state), lambda ear: ("asked_iv_rank", "NVDA") in readings(ear), others, readings=("iv_rank",))
    assert readings(ear) == {("asked_iv_rank", "NVDA"): 1.0}


def test_a_symbol_that_the_service_does_not_know_is_told_once_and_the_others_go_on() -> None:
    others = {"/api/stock/NVDA/iv-rank": refusal(404, {"message": "unknown"}), "/api/stock/SPY/iv-rank": good(RANK)}
    ear = heard(
        Ear(),
        lambda ear: ("iv_rank", "SPY") in readings(ear) and ear.rejected(),
        others,
        watch=("SPY", "NVDA"),
        readings=("iv_rank",),
    )
    assert ear.rejected() == ["iv_rank NVDA: HTTP 404: unknown"]
    assert ear.failures() == []


def test_an_endpoint_that_the_plan_does_not_include_is_given_up_after_three_symbols_and_said_once() -> None:
    names = ("NVDA", "AMD", "SPY", "QQQ", "TSLA")
    others = {f"/api/stock/{name}/iv-rank": refusal(403, {"message": "Upgrade"}) for name in names}
    ear = heard(Ear(), lambda ear: len(readings(ear)) == 5, others, watch=names, readings=("iv_rank", "ftds"))
    assert len(asked(ear, "iv-rank")) == 3
    assert ear.failures() == ["iv_rank: given up: HTTP 403: Upgrade; your plan may not include it"]


def test_an_endpoint_that_fails_is_told_and_does_not_hold_up_the_others() -> None:
    others: dict[str, Answer] = {"/api/stock/NVDA/iv-rank": (500, {}, "Something went wrong")}
    ear = heard(Ear(), lambda ear: ("asked_ftds", "NVDA") in readings(ear), others, readings=("iv_rank", "ftds"))
    assert ear.failures() == ["iv_rank: HTTP 500: no JSON (application/octet-stream)"]


def test_rows_that_cannot_be_used_are_told_once_and_counted() -> None:
    others = {f"/api/stock/{name}/iv-rank": good({**RANK, "iv_rank_1y": "-7"}) for name in ("NVDA", "AMD")}
    ear = heard(Ear(), lambda ear: len(readings(ear)) == 2, others, watch=("NVDA", "AMD"), readings=("iv_rank",))
    assert ear.rejected() == ["iv_rank: iv_rank_1y: out of range"]
    shown = ear.source.gauges()
    assert shown["readings"] == {
        "answers": {"iv_rank": 2},
        "readings": {"iv_rank": 0},
        "rejects": {"iv_rank iv_rank_1y: out of range": 2},
        "skipped": {},
    }


def test_while_the_exchange_is_closed_nothing_is_asked_about_the_day() -> None:
    evening = NOW + timedelta(hours=8)
    ear = heard(Ear(now=lambda: evening), lambda ear: len(ear.server.requests) >= 1 and ear.source.gauges()["plan"])
    assert ear.server.paths == []


def test_a_refused_token_ends_the_readings_too() -> None:
    others = {"/api/stock/NVDA/iv-rank": refusal(401, {"message": "no"})}
    ear = heard(Ear(), lambda ear: ear.failures(), others, readings=("iv_rank",))
    assert ear.failures()[0].startswith("token: HTTP 401")


def test_a_service_that_allows_less_than_the_settings_is_believed_and_that_is_told() -> None:
    others: dict[str, Answer] = {"/api/stock/NVDA/iv-rank": (200, {"x-uw-token-req-limit": "3000"}, '{"data": []}')}
    ear = heard(Ear(), lambda ear: ear.failures(), others, readings=("iv_rank",))
    assert ear.failures()[0].startswith("quota: a day takes at least 6,")
    assert "2,910 of 3,000 may be used" in ear.failures()[0]


def test_settings_that_no_day_has_calls_for_are_refused_at_the_start() -> None:
    UnusualWhales().check()
    with pytest.raises(InputError, match=r"sources\.unusual_whales: a day takes at least .* set max_symbols to \d+"):
        UnusualWhales(max_symbols=1000).check()


# ---- who comes first


def flow(at_s: float, *, counts: bool = True) -> Symbol:
    item = FlowItem(at=ago(at_s), trace="uw_1", direction=Direction.BULLISH, premium=1e6, window="w", counts=counts)
    return Symbol(flow=[item])


def test_held_come_first_then_those_with_an_alert_that_counts_the_newest_first_then_the_watched() -> None:
    state = State(
        at=NOW,
        positions={"AMD": a_position(symbol="AMD")},
        symbols={"OLD": flow(901), "LATE": flow(600), "NEW": flow(10), "NO": flow(10, counts=False), "AMD": flow(1)},
    )
    found = ranks(state, now=NOW, watch=("SPY", "NEW"), candidates_s=900.0, limit=10)
    assert list(found.items()) == [
        ("AMD", Rank.HELD),
        ("NEW", Rank.CANDIDATE),
        ("LATE", Rank.CANDIDATE),
        ("SPY", Rank.WATCHED),
    ]
    assert list(ranks(state, now=NOW, watch=("SPY",), candidates_s=900.0, limit=2)) == ["AMD", "NEW"]
