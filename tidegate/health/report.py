"""The final health report: what the system can do, tried just now; what it is; and whether the week can be audited.

Probes work on scratch copies; the journal is only read.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import tidegate
from tidegate.core.domain import events as e
from tidegate.core.domain.state import State
from tidegate.core.journaling.reader import Reader
from tidegate.core.redaction import redact
from tidegate.core.sealing import Sealer
from tidegate.health.links import links
from tidegate.health.probes.books import isolation, persistence, reconciliation, sealing
from tidegate.health.probes.rules import (
    CONCENTRATION,
    BrokenError,
    OffError,
    UnknownError,
    back_off,
    concentration,
    panic_queue,
)
from tidegate.health.probes.traces import correlation
from tidegate.health.reasons import notes, reasons
from tidegate.health.shapes import HealthShape, PassShape, ProbeShape
from tidegate.health.sight import Sight, look
from tidegate.output import presenting as present
from tidegate.output.shapes import SettingShape
from tidegate.output.summary import every
from tidegate.running.setup import Setup


def health(setup: Setup) -> HealthShape:
    """The report on the engine of a state folder, running or not."""
    with ExitStack() as stack:
        sight = look(setup, stack)
        capabilities = probes(sight)
        told = links(sight.gauges)
        passes = list(_passes(sight))
        against = list(reasons(sight, capabilities, told))
        return HealthShape(
            at=sight.at,
            version=tidegate.__version__,
            ready=not against,
            reasons=[redact(each) for each in against],
            notes=[redact(each) for each in notes(sight, capabilities, passes)],
            capabilities=capabilities,
            status=present.status(
                sight.state,
                pid=None if sight.holder is None else sight.holder.pid,
                started=None if sight.holder is None else sight.holder.started,
                folder=str(setup.folder),
            ),
            tally=_tally(sight.state),
            passes=passes,
            links=told,
            settings=[
                SettingShape(key=key, value=value, layer=origin.layer, file=origin.file, line=origin.line)
                for key, value, origin in setup.config.effective()
            ],
        )


def probes(sight: Sight) -> list[ProbeShape]:
    """Every capability, each tried by itself."""
    settings, state, rules = sight.setup.config.settings, sight.state, sight.setup.host.rules()
    tries: dict[str, Callable[[], str]] = {
        "persistence": lambda: persistence(settings, sight.setup.folder),
        "back-off": lambda: back_off(settings),
        "PANIC queue": lambda: panic_queue(settings),
        "concentration gate": lambda: concentration(dict(rules.gates).get(CONCENTRATION), state),
        "correlation": lambda: correlation(settings, _readable(sight)),
        "regime isolation": lambda: isolation(settings, rules.learners, state),
        "reconciliation": lambda: reconciliation(settings),
        "seal": lambda: sealing(
            Sealer().seal(sight.setup.config, sight.setup.shipped), state, running=sight.holder is not None
        ),
    }
    return [_tried(name, probe) for name, probe in tries.items()]


def _tried(name: str, probe: Callable[[], str]) -> ProbeShape:
    try:
        result, said = "works", probe()
    except OffError as error:
        result, said = "off", str(error)
    except UnknownError as error:
        result, said = "unknown", str(error)
    except BrokenError as error:
        result, said = "broken", str(error)
    except Exception as error:  # noqa: BLE001 - whatever a probe meets, the report is made
        result, said = "broken", f"{type(error).__name__}: {error}"
    return ProbeShape(name=name, result=result, evidence=redact(said))


def _readable(sight: Sight) -> Reader:
    if sight.journal is None:
        raise UnknownError(f"the journal cannot be read: {sight.problem}")
    return sight.journal


def _passes(sight: Sight) -> Iterator[PassShape]:
    """Every verdict that did not pass and stopped nothing."""
    if sight.journal is None:
        return
    for recorded in every(sight.journal, ("SignalJudged",)):
        if not isinstance(recorded.event, e.SignalJudged):
            continue
        judgement = recorded.event.judgement
        for verdict in judgement.verdicts:
            if verdict.passes_by_policy:
                yield PassShape(
                    seq=recorded.seq,
                    at=recorded.at,
                    trace=recorded.trace,
                    symbol=judgement.signal.symbol,
                    gate=verdict.gate,
                    result=verdict.result,
                    policy=verdict.policy or "",
                    reason=verdict.reason,
                    decision=judgement.decision,
                )


def _tally(state: State) -> dict[str, str]:
    """What the journal came to so far."""
    counts = state.tally
    names = ("alerts", "signals", "entered", "blocked_signals", "orders", "fills", "rate_limits", "errors")
    known = {name.replace("_", " "): f"{getattr(counts, name):,}" for name in names}
    return {**known, "trades closed": f"{counts.trades_closed:,}", "profit, USD": present.money(counts.pnl)}


def stem(shape: HealthShape) -> str:
    """The name of the report's files, by its moment: none is written over another."""
    return f"health-{shape.at:%Y-%m-%dT%H%M%SZ}"
