"""What a token may ask: counts of minute and day, wrong tokens, and a plan that looks back so far only."""

from datetime import UTC, datetime

import pytest

from tests.sandbox.unusual_whales.client import ALERTS, whales
from tidegate.plugins.sources.unusual_whales.limits import limits_of, wait_s

TIDE = "/api/market/market-tide"
EVENING = datetime(2025, 10, 15, 23, 50, tzinfo=UTC)  # 19:50 in New York


def test_every_answer_tells_the_counts_of_day_and_minute() -> None:
    with whales(calls_per_day=500) as client:
        answers = [client.ask(TIDE) for _ in range(3)]
        told = answers[-1].headers
        assert (told["x-uw-token-req-limit"], told["x-uw-daily-req-count"]) == ("500", "3")
        assert (told["x-uw-minute-req-counter"], told["x-uw-req-per-minute-remaining"]) == ("3", "117")
        assert told["x-uw-req-per-minute-reset"] == "60000"
        client.wait(15.5)
        assert client.ask(TIDE).headers["x-uw-req-per-minute-reset"] == "44500"


def test_a_full_minute_is_refused_until_the_next_one() -> None:
    with whales(calls_per_minute=2) as client:
        assert [client.ask(TIDE).status_code for _ in range(4)] == [200, 200, 429, 429]
        client.wait(30)
        refused = client.ask(TIDE)
        assert (refused.status_code, refused.headers["x-uw-req-per-minute-reset"]) == (429, "30000")
        assert wait_s(refused.headers, client.box.call(lambda it: it.clock.now())) == 30.0
        assert "Retry-After" not in refused.headers
        client.wait(30)
        assert client.ask(TIDE).status_code == 200
        assert client.state()["calls"] == {"day": 3, "minute": 1, "most_in_a_minute": 2, "refused": 3}


def test_a_day_that_is_used_up_ends_at_eight_in_the_evening_of_new_york() -> None:
    with whales(at=EVENING, calls_per_day=1, retry_after=True) as client:
        assert [client.ask(TIDE).status_code for _ in range(2)] == [200, 429]
        refused = client.ask(TIDE)
        limits = limits_of(refused.headers, EVENING)
        assert limits is not None
        assert limits.day_spent
        assert (refused.headers["Retry-After"], wait_s(refused.headers, EVENING)) == ("60", 600.0)
        client.wait(599)
        assert client.ask(TIDE).status_code == 429
        client.wait(1)
        assert client.ask(TIDE).headers["x-uw-daily-req-count"] == "1"


def test_waits_are_told_in_real_time_however_fast_the_sandbox_runs() -> None:
    with whales(calls_per_minute=0) as client:
        client.box.call(lambda it: it.clock.move(speed=60.0))
        assert int(client.ask(TIDE).headers["x-uw-req-per-minute-reset"]) <= 1000


@pytest.mark.parametrize("given", ["Bearer wrong", "", "Basic wrong"])
def test_a_wrong_token_is_refused_without_counts(given: str) -> None:
    with whales() as client:
        answer = client.http.get(TIDE, headers={"Authorization": given})
        assert answer.status_code == 401
        assert limits_of(answer.headers, EVENING) is None
        assert client.state()["calls"]["day"] == 0


def test_a_bare_token_is_taken_as_the_service_takes_it() -> None:
    with whales() as client:
        assert client.http.get(TIDE, headers={"Authorization": client.box.card.token}).status_code == 200


def test_a_plan_shows_only_so_many_days_back() -> None:
    with whales(lookback_days=30) as client:
        for path, params in ((TIDE, {"date": "2025-09-14"}), (ALERTS, {"newer_than": "2025-09-14"})):
            answer = client.ask(path, **params)
            assert (answer.status_code, answer.json()["code"]) == (403, "historic_data_access_missing")
            assert "2025-09-15" in answer.json()["message"]
            assert "x-uw-daily-req-count" in answer.headers
        assert client.ask(TIDE, date="2025-09-15").status_code == 200
