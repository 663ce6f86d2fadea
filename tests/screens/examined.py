"""Health reports made by hand for the screens: one that is ready, and one with a bit of everything in the way."""

from datetime import datetime, timedelta

from tests.screens.story import MARKUP
from tidegate.core.domain.state import State
from tidegate.health.shapes import HealthShape, ProbeShape
from tidegate.output import presenting as present

EVIDENCE = {
    "persistence": "19 events and a checkpoint were written in the state folder, and folded to the same state",
    "back-off": "pauses 1 s, doubling up to 60 s; a circuit opens after 3 failures; a call limited twice came through"
    " at the third try; one of unknown fate was not repeated",
    "PANIC queue": "a 429 queued the signal in PANIC, and it drained; none was queued in RISK_ON, MIXED, RISK_OFF",
    "concentration gate": "70 % passes, 70.1 % is stopped, bearish passes; unknown is judged open",
    "correlation": "a scratch trade and all 2 closed trades of the journal lead from alert to attribution",
    "regime isolation": "learners.regime_beta: turning PANIC's outcomes around left every other regime's cells alone",
    "reconciliation": "7 shares against 9: found, entries waited, adopted, and the position's Entry kept",
    "seal": "not sealed; a changed file, value, switch and version of a scratch seal were found",
}
BROKEN = {
    "PANIC queue": ("broken", f"a 429 queued the signal in PANIC, and it never drained {MARKUP}"),
    "regime isolation": ("unknown", "learners.regime_beta learned nothing from scratch trades in PANIC"),
}


def health_report(at: datetime, *, well: bool) -> HealthShape:
    """What the command says 12 s before `at` of a day that goes well, or of one that does not."""
    told = {name: ("off" if name == "seal" else "works", said) for name, said in EVIDENCE.items()}
    told |= {} if well else BROKEN
    bad = [f"{name} is {result}: {said}" for name, (result, said) in told.items() if result in ("broken", "unknown")]
    others = ["The books differ, and wait for an answer: AMD, IWM (tidegate reconcile)."]
    others.append("gates.ignition is quarantined")
    return HealthShape(
        at=at - timedelta(seconds=12),
        version="0",
        ready=well,
        reasons=[] if well else [*bad, *others],
        notes=[f"seal is off: {EVIDENCE['seal']}", "3 signals wait in the queue."],
        capabilities=[ProbeShape(name=name, result=result, evidence=said) for name, (result, said) in told.items()],
        status=present.status(State(), pid=None, started=None, folder=""),
        tally={},
        passes=[],
        links=[],
        settings=[],
    )
