"""A lockdown: what it refuses, what drift stops, and what goes on."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.core.domain import events as e
from tidegate.core.domain.orders import Status
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.state import State, decode_state, encode_state
from tidegate.core.domain.stepping.admission import admit
from tidegate.core.domain.stepping.step import advance
from tidegate.core.domain.values.lockdown import Seal, changes, described, in_short
from tidegate.testing import NOW, a_position, a_quote, a_signal, a_state

SEAL = Seal(files={"core/loop.py": "a1"}, config={"size.base_usd": "500.0"}, toggles={"gates.pace": True})
LEARNER = "learners.regime_beta"
LATER = NOW + timedelta(seconds=30)


def take(state: State, fact: e.Fact, after_s: float = 0.0) -> tuple[list[e.Event], list[e.Effect]]:
    records, effects = advance(state, fact, LATER + timedelta(seconds=after_s), Rules())
    return [record.event for record in records], effects


def ask(state: State, name: str, /, **args: str) -> tuple[list[e.Event], list[e.Effect]]:
    return take(state, e.RequestReceived(id=1, who="me", name=name, args=args))


def answers(effects: list[e.Effect]) -> list[tuple[bool, str]]:
    return [(effect.ok, effect.text) for effect in effects if isinstance(effect, e.Answer)]


def locked(*drift: str) -> State:
    state = a_state(a_position(), a_quote(), a_quote(symbol="QQQ"))
    state.available, state.plugins = ("gates.pace",), (LEARNER,)
    take(state, e.LockdownSealed(seal=SEAL, reason="audit", who="me", until=date(2026, 11, 27)))
    if drift:
        take(state, e.DriftSeen(changes=drift))
    return state


def entered(events: list[e.Event]) -> bool:
    return any(isinstance(event, e.OrderPlaced) and event.order.entry is not None for event in events)


def test_a_request_has_what_runs_sealed_and_is_answered_when_it_is() -> None:
    state = a_state()
    events, effects = ask(state, "lockdown", reason="audit", until="2026-11-27")
    assert len(events) == 1
    assert effects == [e.TakeSeal(request=1, reason="audit", who="me", until=date(2026, 11, 27))]
    _, effects = take(state, e.LockdownSealed(seal=SEAL, reason="audit", who="me", request=1))
    ((ok, text),) = answers(effects)
    assert ok
    assert SEAL.digest[:16] in text
    assert state.lockdown is not None
    assert (state.lockdown.seal, state.lockdown.since) == (SEAL, LATER)


def test_what_cannot_be_sealed_is_answered_with_the_reason_and_locks_nothing() -> None:
    state = a_state()
    _, effects = take(state, e.LockdownRefused(reason="core/loop.py changed", request=1))
    assert answers(effects) == [(False, "core/loop.py changed")]
    assert state.lockdown is None


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("plugin", {"name": "gates.pace", "enabled": "false"}),
        ("learner", {"learner": LEARNER, "action": "reset"}),
        ("learner", {"learner": LEARNER, "action": "rollback", "seq": "1"}),
        ("learner", {"learner": LEARNER, "action": "promote"}),
        ("learner", {"learner": LEARNER, "action": "thaw"}),
        ("lockdown", {"reason": "again"}),
    ],
)
def test_toggles_and_changes_of_beliefs_and_of_the_seal_are_refused(name: str, args: dict[str, str]) -> None:
    state = locked()
    events, effects = ask(state, name, **args)
    ((ok, text),) = answers(effects)
    assert (len(events), len(effects), ok) == (1, 1, False)
    assert "lift" in text


def test_a_learner_may_be_frozen_a_halt_latched_and_released_under_a_lockdown() -> None:
    state = locked()
    for name, args in (
        ("learner", {"learner": LEARNER, "action": "freeze"}),
        ("halt", {"level": "entries"}),
        ("release", {}),
    ):
        state.cursors.clear()
        assert answers(ask(state, name, **args)[1])[0][0]


def test_entries_go_on_while_all_is_as_sealed_and_stop_on_drift_until_it_is_undone() -> None:
    state = locked()
    assert entered(take(state, e.SignalScored(signal=a_signal(symbol="QQQ")))[0])  # type: ignore[arg-type] # as decided
    state = locked("core/loop.py changed")
    events, _ = take(state, e.SignalScored(signal=a_signal(symbol="QQQ")))  # type: ignore[arg-type] # as decided
    assert not entered(events)
    (judged,) = [event.judgement for event in events if isinstance(event, e.SignalJudged)]
    assert "lockdown: core/loop.py changed" in judged.reason
    take(state, e.DriftSeen(changes=()))
    assert entered(take(state, e.SignalScored(signal=a_signal(symbol="QQQ")))[0])  # type: ignore[arg-type] # as decided


def test_exits_go_on_under_drift() -> None:
    state = locked("core/loop.py changed")
    events, _ = ask(state, "halt", level="flatten")
    (order,) = [event.order for event in events if isinstance(event, e.OrderPlaced)]
    assert (order.symbol, order.entry) == ("SPY", None)


def test_an_entry_that_waits_to_be_sent_again_is_given_up_on_drift() -> None:
    state = locked()
    events, _ = take(state, e.SignalScored(signal=a_signal(symbol="QQQ")))  # type: ignore[arg-type] # as decided
    (order,) = [event.order for event in events if isinstance(event, e.OrderPlaced)]
    take(state, e.RateLimited(client_order_id=order.client_order_id, until=LATER + timedelta(seconds=20)))
    assert state.orders[order.client_order_id].status is Status.LIMITED
    take(state, e.DriftSeen(changes=("msgspec was 0.19, is 0.20",)))
    (given_up,) = [event for event in take(state, e.Tick(), 1)[0] if isinstance(event, e.EntryAbandoned)]
    assert "msgspec was 0.19, is 0.20" in given_up.reason


def test_drift_is_news_when_it_changes_and_never_without_a_lockdown() -> None:
    some, none = e.DriftSeen(changes=("x is gone",)), e.DriftSeen(changes=())
    assert (admit(a_state(), some), admit(a_state(), none)) == (None, None)
    assert (admit(locked(), some), admit(locked(), none)) == (some, None)
    assert (admit(locked("x is gone"), some), admit(locked("x is gone"), none)) == (None, none)


def test_lifting_ends_it_and_a_new_seal_begins_without_drift() -> None:
    state = locked("core/loop.py changed")
    assert answers(ask(state, "lift")[1]) == [(True, "lockdown lifted")]
    take(state, e.LockdownSealed(seal=Seal(files={"core/loop.py": "b2"}), reason="again", who="me"))
    assert state.lockdown is not None
    assert (state.lockdown.drift, state.lockdown.reason) == ((), "again")


def test_a_lockdown_survives_a_checkpoint() -> None:
    state = locked("a changed", "b is new")
    assert decode_state(encode_state(state)).lockdown == state.lockdown


def test_a_line_names_the_first_changes_and_counts_the_rest() -> None:
    assert in_short(("a", "b", "c", "d", "e")) == "a; b; c, and 2 more"
    lockdown = locked("core/loop.py changed").lockdown
    assert lockdown is not None
    assert described(lockdown).startswith("DRIFT, entries stopped: core/loop.py changed (sealed since ")
    assert "until Friday 2026-11-27: audit" in described(lockdown)


def test_every_kind_of_change_is_named() -> None:
    found = Seal(
        files={"core/loop.py": "b2", "core/new.py": "c3"},
        config={"size.base_usd": "900.0"},
        toggles={"gates.pace": False},
        versions={"msgspec": "9"},
    )
    assert changes(SEAL, found) == (
        "core/loop.py changed",
        "core/new.py is new",
        "size.base_usd was 500.0, is 900.0",
        "gates.pace was on, is off",
        "msgspec was none, is 9",
    )


names = st.dictionaries(st.sampled_from("abc"), st.sampled_from("xyz"))
seals = st.builds(Seal, files=names, config=names, versions=names, toggles=st.dictionaries(st.just("k"), st.booleans()))


@given(seals, seals)
def test_seals_differ_exactly_when_a_change_is_named_and_when_their_digests_differ(one: Seal, other: Seal) -> None:
    assert bool(changes(one, other)) == (one != other) == (one.digest != other.digest)
