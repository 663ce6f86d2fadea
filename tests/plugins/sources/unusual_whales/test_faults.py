"""Unusual Whales at its worst: what is tried again and when, what is given up, and what is said of it."""

import json
import logging
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from tests.plugins.sources.unusual_whales.server import NOW, TOKEN, Answer, Ear, WhaleServer, ago, played, refusal, row

HTML = "<html><body>502 Bad Gateway</body></html>"
SPENT = {"x-uw-token-req-limit": "15000", "x-uw-daily-req-count": "15000"}
TEXT = {"content-type": "text/plain"}


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UW_API_TOKEN", TOKEN)


def recovered(*answers: Answer, **settings: object) -> Ear:
    """Play until an alert comes although the first answers are these."""

    def prepare(server: WhaleServer) -> None:
        server.answers.extend(answers)
        server.rows.append(row("a", ago(5)))

    async def story(ear: Ear) -> None:
        await ear.until(ear.alerts)
        await ear.until_polled()

    ear = Ear()
    played(story, ear, prepare, **settings)
    assert ear.alerts() == ["a"]
    return ear


def given_up(answer: Answer) -> Ear:
    """Play until the source says that it gives up, and no longer asks."""

    async def story(ear: Ear) -> None:
        await ear.until(ear.failures)

    ear = Ear()
    played(story, ear, lambda server: server.answers.extend([answer] * 5))
    assert len(ear.server.requests) == 1
    return ear


@pytest.mark.parametrize(
    "answer",
    [
        (500, TEXT, "Something went wrong"),
        (502, {}, HTML),
        (503, {}, ""),
        (200, {}, HTML),
        (200, {}, ""),
        (403, {}, HTML),  # a proxy's, not the service's word
        (408, {}, "{}"),
    ],
)
def test_an_answer_that_may_pass_is_asked_for_again_and_a_single_one_is_no_news(answer: Answer) -> None:
    assert recovered(answer).failures() == []


@pytest.mark.parametrize("body", ['{"data": 7}', '{"data": null}', "{}", '{"data": [', "[]", '{"data": [{"id": "x"'])
def test_a_body_of_another_shape_is_told_once_and_asked_for_again(body: str) -> None:
    ear = recovered((200, {}, body))
    (failure,) = ear.failures()
    assert failure.startswith("alerts: the answer is not what the service documents")


def test_a_minutes_limit_is_waited_out_as_long_as_the_service_says() -> None:
    headers = {"x-uw-req-per-minute-reset": "150", "x-uw-req-per-minute-remaining": "0"}
    ear = recovered((429, headers, "slow down"))
    assert ear.failures() == []


def test_a_days_limit_stops_every_request_until_eight_in_the_evening_in_new_york() -> None:
    async def story(ear: Ear) -> None:
        await ear.until(ear.failures)

    ear = Ear()
    played(story, ear, lambda server: server.answers.extend([(429, SPENT, "")] * 3))
    assert len(ear.server.requests) == 1
    assert ear.failures() == [
        "alerts: 15000 of 15000 calls of the day are used; it begins anew at 20:00 New York",
    ]
    assert ear.source.gauges()["trouble"] == ear.failures()[0]


def test_a_service_that_still_counts_for_yesterday_just_after_the_reset_is_asked_again_soon() -> None:
    from tidegate.plugins.sources.unusual_whales.limits import wait_s  # noqa: PLC0415 - the one thing to look at

    just_after = datetime(2025, 10, 16, 0, 0, 3, tzinfo=UTC)
    assert wait_s(SPENT, just_after) == 60.0
    assert wait_s(SPENT, just_after - timedelta(seconds=4)) == 1.0
    assert wait_s(SPENT, just_after + timedelta(hours=1)) == pytest.approx(23 * 3600 - 3)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            refusal(403, {"code": "advanced_tier_required", "message": "Upgrade"}),
            "HTTP 403: Upgrade; your plan may not include it",
        ),
        (refusal(404, {"error": "no route"}), "HTTP 404: no route"),
        (refusal(422, {"msg": "Invalid", "path": "/api"}), "HTTP 422: Invalid; your plan may not include it"),
        (refusal(400, {"error": {"code": "x", "message": "no"}}), "HTTP 400: no"),
    ],
)
def test_a_refusal_for_good_is_said_once_and_never_asked_again(answer: Answer, said: str) -> None:
    assert given_up(answer).failures() == [f"alerts: given up: {said}"]


def test_a_refused_token_stops_the_source_and_says_so() -> None:
    ear = given_up((401, {}, '{"error": "unauthorized"}'))
    assert ear.failures() == ["token: HTTP 401: unauthorized; the token is wrong or has lapsed"]
    told = ear.source.gauges()
    assert (told["state"], told["next_try"], told["trouble"]) == ("failed", NOW + timedelta(hours=1), ear.failures()[0])


def test_an_outage_is_told_once_and_everything_of_it_is_read_afterwards() -> None:
    async def story(ear: Ear) -> None:
        await ear.until(lambda: ear.alerts() == ["before"])
        ear.server.answers.extend([(503, TEXT, "Something went wrong")] * 4)
        ear.server.rows += [row(f"during{n}", ago(20 - n)) for n in range(5)]
        await ear.until(lambda: len(ear.alerts()) == 6)
        await ear.until(lambda: ear.source.gauges()["trouble"] == "")

    ear = Ear()
    played(story, ear, lambda server: server.rows.append(row("before", ago(100))))
    assert ear.alerts()[1:] == [f"during{n}" for n in range(5)]
    assert ear.failures() == ["alerts: HTTP 503: no JSON (text/plain)"]


def test_an_outage_in_the_middle_of_many_pages_costs_no_page_and_no_alert() -> None:
    def prepare(server: WhaleServer) -> None:
        server.rows = [row(f"a{n}", ago(n)) for n in range(600)]

    async def story(ear: Ear) -> None:
        await ear.until(lambda: len(ear.server.requests) >= 2)
        ear.server.answers.extend([(500, TEXT, ""), (200, {}, HTML), (200, {}, '{"data": 7}')])
        await ear.until(lambda: len(ear.alerts()) == 600)

    ear = Ear()
    played(story, ear, prepare)
    assert ear.alerts() == [f"a{n}" for n in reversed(range(600))]


def test_the_token_is_in_no_fact_log_or_gauge_whatever_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ear = recovered((500, TEXT, "Something went wrong"), (200, {}, '{"data": 7}'), socket_url="ws://127.0.0.1:9/x")
    told = msgspec.json.encode([msgspec.to_builtins([fact for _, fact in ear.facts]), ear.source.gauges()]).decode()
    assert caplog.records != []
    assert TOKEN not in caplog.text
    assert TOKEN not in told
    assert TOKEN not in repr(ear.source)


def test_without_the_token_the_source_says_which_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    from tidegate import VenueError  # noqa: PLC0415 - as above
    from tidegate.plugins.sources.unusual_whales.plugin import UnusualWhales  # noqa: PLC0415 - the one thing to look at

    monkeypatch.delenv("UW_API_TOKEN")
    assert UnusualWhales().secrets() == ("UW_API_TOKEN",)

    async def story(ear: Ear) -> None:
        await ear.until(ear.failures)

    with pytest.raises(VenueError, match="UW_API_TOKEN: not set"):
        played(story, Ear(), lambda _: None)


def test_gauges_can_be_published_as_json() -> None:
    ear = recovered((500, TEXT, "x"))
    assert json.loads(msgspec.json.encode(ear.source.gauges()))["quotas"][0]["name"] == "day"


def test_an_empty_page_after_a_full_one_is_asked_for_again_and_loses_nothing() -> None:
    def prepare(server: WhaleServer) -> None:
        server.rows = [row(f"a{number}", ago(number)) for number in range(400)]
        server.gaps = 1

    async def story(ear: Ear) -> None:
        await ear.until(lambda: len(ear.alerts()) == 400)

    ear = Ear()
    played(story, ear, prepare)
    assert ear.alerts() == [f"a{number}" for number in reversed(range(400))]
