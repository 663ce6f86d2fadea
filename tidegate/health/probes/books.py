"""Probes that need a journal, learners, a broker's book or a seal; each works on copies of its own."""

from collections.abc import Sequence
from contextlib import closing
from decimal import Decimal
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec.structs import replace

from tidegate.core.domain import events as e
from tidegate.core.domain.folding.fold import fold
from tidegate.core.domain.positions import Cell
from tidegate.core.domain.rules import Learner, Rules
from tidegate.core.domain.settings import Settings
from tidegate.core.domain.signals.judging import LOCKDOWN, RECONCILED, judge
from tidegate.core.domain.state import State, encode_state
from tidegate.core.domain.values import PositionSide, Regime
from tidegate.core.domain.values.broker import BrokerPosition
from tidegate.core.domain.values.lockdown import Lockdown, Seal, changes, in_short
from tidegate.core.journaling.journal import Journal
from tidegate.core.journaling.reader import Reader
from tidegate.health.probes.rules import OffError, UnknownError, require
from tidegate.health.probes.scratch import LOST, WON, Scratch, rules_of, traded
from tidegate.testing import NOW, a_signal, a_state

REGIMES = (Regime.RISK_ON, Regime.MIXED, Regime.RISK_OFF, Regime.PANIC)
SHOWN = 3
Belief = dict[str, dict[str, Cell]]


def persistence(settings: Settings, folder: Path) -> str:
    """A scratch journal in the state folder is written, closed, and read back as what it was."""
    scratch = traded(settings)
    with TemporaryDirectory(dir=folder, prefix="health-") as name:
        place = Path(name)
        with closing(Journal.open(place)) as journal:
            journal.append(scratch.told)
            journal.checkpoint(scratch.state)
        with closing(Reader.open(place)) as reader:
            told, kept = reader.events(limit=-1), reader.state()
    require(that=told == scratch.told, else_=f"of {len(scratch.told)} events written {len(told)} came back the same")
    again = State()
    for each in told:
        fold(again, each)
    same = encode_state(again) == encode_state(kept) == encode_state(scratch.state)
    require(that=same, else_="the state that was read back is not the one that was written")
    return f"{len(told)} events and a checkpoint were written in the state folder, and folded to the same state"


def isolation(settings: Settings, learners: Sequence[tuple[str, Learner]], state: State) -> str:
    """Trades of all regimes, once with those entered in PANIC turned from win to loss: no other cell may differ."""
    learners = [(key, learner) for key, learner in learners if state.active(key)]
    if not learners:
        raise OffError("no learner is on")
    straight, flipped = (_learned(settings, learners, flip=flip) for flip in (False, True))
    for key, learner in learners:
        before, after = straight.get(key, {}), flipped.get(key, {})
        moved = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        leaks = [name for name in moved if not name.startswith(f"{Regime.PANIC}/")]
        require(that=not leaks, else_=f"{key}: PANIC's outcomes moved {', '.join(sorted(leaks)[:SHOWN])}")
        if not moved:
            raise UnknownError(f"{key} learned nothing from scratch trades in PANIC: there is nothing to tell apart")
        for regime in set(Regime) - {Regime.PANIC}:
            same = learner.multipliers(regime, dict(before)) == learner.multipliers(regime, dict(after))
            require(that=same, else_=f"{key}: PANIC's outcomes changed the multipliers of {regime}")
    names = ", ".join(key for key, _ in learners)
    return f"{names}: turning PANIC's outcomes around left every other regime's cells as they were"


def _learned(settings: Settings, learners: Sequence[tuple[str, Learner]], *, flip: bool) -> Belief:
    """Each trade is left in another regime than it was entered in: the entry's counts."""
    scratch = Scratch(rules_of(settings, *learners))
    for number, regime in enumerate((*REGIMES, *REGIMES)):
        won = number % 5 != 0
        scratch.change(regime)
        symbol = f"TEST{number}"
        scratch.fill(scratch.enter(symbol))
        scratch.change(REGIMES[(number + 1) % len(REGIMES)])
        scratch.leave(symbol, WON if won != (flip and regime is Regime.PANIC) else LOST)
    failed = [each.event.reason for each in scratch.told if isinstance(each.event, e.PluginFailed)]
    require(that=not failed, else_=f"a learner failed: {', '.join(failed[:1])}")
    return scratch.state.beliefs


def reconciliation(settings: Settings) -> str:
    """A broker that holds other shares is a difference; entries wait; adopting keeps what is known."""
    rules = rules_of(settings)
    scratch = Scratch(rules, reconciles=True)
    scratch.tell(e.BrokerSeen(positions=()))
    scratch.fill(scratch.enter())
    position = scratch.state.positions["TEST"]
    entry, ours = position.entry, position.quantity
    theirs = BrokerPosition(symbol="TEST", side=PositionSide.LONG, quantity=ours + 2, average_price=Decimal(100))
    scratch.start()
    found = scratch.tell(e.BrokerSeen(positions=(theirs,)), after_s=settings.orders.settle_s + 60.0)
    seen = [each for each in found if isinstance(each, e.DifferenceFound)]
    require(that=[(each.ours, each.theirs) for each in seen] == [(ours, ours + 2)], else_="a difference was not found")
    judgement, _ = judge(a_signal(), scratch.state, rules)
    waits = any(each.gate == RECONCILED and each.blocks for each in judgement.verdicts)
    require(that=waits, else_="an entry passes although the books differ")
    args = {"symbol": "TEST", "answer": "adopt"}
    scratch.tell(e.RequestReceived(id=1, who="health", name="reconcile", args=args))
    scratch.tell(e.BrokerSeen(positions=(theirs,)), after_s=settings.orders.settle_s + 60.0)
    kept = scratch.state.positions["TEST"]
    require(that=kept.quantity == ours + 2, else_="adopting did not take over the broker's shares")
    require(that=kept.entry == entry, else_="adopting lost what is known of the position")
    require(that=not scratch.state.differences, else_="the books still differ after adopting")
    return f"{ours} shares against {ours + 2}: found, entries waited, adopted, and the position's Entry kept"


def sealing(now: Seal, state: State, *, running: bool) -> str:
    """A seal of now, with one thing of each kind changed, shows each; then the real one."""
    seen = changes(now, _touched(now))
    require(
        that=len(seen) == 4 and not changes(now, now), else_=f"of 4 changes to a scratch seal {len(seen)} were found"
    )
    drifted = Lockdown(seal=now, reason="probe", who="health", since=NOW, drift=seen)
    judgement, _ = judge(a_signal(), a_state(lockdown=drifted), Rules())
    stopped = any(each.gate == LOCKDOWN and each.blocks for each in judgement.verdicts)
    require(that=stopped, else_="an entry passes although what was sealed has changed")
    if state.lockdown is None:
        raise OffError("not sealed; a changed file, value, switch and version of a scratch seal were found")
    sealed = state.lockdown.seal
    if running:  # the engine compares its own configuration; what was given on its command line is not known here
        now = replace(now, config=sealed.config, toggles=sealed.toggles)
    drift = tuple(dict.fromkeys(chain(state.lockdown.drift, changes(sealed, now))))
    require(that=not drift, else_=f"drift: {in_short(drift)}")
    return f"sealed since {state.lockdown.since:%Y-%m-%d %H:%M} UTC as {sealed.digest[:16]}, and nothing has changed"


def _touched(now: Seal) -> Seal:
    """The same seal with one file, value, switch and version changed."""
    return Seal(
        files={**now.files, next(iter(now.files), "probe.py"): "changed"},
        config={**now.config, "probe": "1"},
        toggles={**now.toggles, "gates.probe": True},
        versions={**now.versions, "python": "changed"},
    )
