"""The questions before a halt, its release, a lockdown, and a stop: each says exactly what will happen."""

from msgspec.structs import replace

from tidegate.core.domain.values.lockdown import Lockdown, described
from tidegate.core.domain.views import Dashboard
from tidegate.tui.screens.dialog import Choice, Dialog
from tidegate.tui.screens.messages import Request
from tidegate.tui.viewmodel.text import Piece, clean, line

REASON = "asked for at the desk"
DRIFT_SHOWN = 8  # changes that the question has room for


def ask_halt(board: Dashboard) -> Dialog:
    """Which halt; the second key is the confirmation."""
    held, waiting = len(board.positions), len(board.queue)
    now = "none" if board.halt is None else f"{board.halt.level}, by {board.halt.who}: {board.halt.reason}"
    says = [
        line(Piece("now  ", "dim"), f"halt {now}"),
        line("A halt survives restarts until a person releases it with R."),
    ]
    choices = [
        _level("e", "entries", f"no new entry; {waiting} queued wait; {held} positions keep exits"),
        _level("r", "reduce", "the same, and cancels entries that work"),
        _level("f", "flatten", f"the same, and closes all {held} positions now"),
    ]
    return Dialog("Halt?", says, choices)


def _level(key: str, level: str, text: str) -> Choice:
    return Choice(key, f"{level:<9}", Request("halt", {"level": level, "reason": REASON}), text)


def ask_release(board: Dashboard) -> Dialog | None:
    """Whether to release the halt; None when there is none."""
    if board.halt is None:
        return None
    says = [
        line(Piece("latched  ", "dim"), f"{board.halt.level}, by {board.halt.who}: {board.halt.reason}"),
        line("Signals that pass every gate will become orders again, at once."),
    ]
    return Dialog("Release the halt?", says, [Choice("y", "release it", Request("release", {}))])


def ask_lockdown(lockdown: Lockdown | None) -> Dialog:
    """Whether to seal what runs; under a lockdown, what has drifted, and whether to lift it."""
    if lockdown is None:
        says = [
            line("Seals the program's files, every setting, which plugins are on, and versions."),
            line("Trading goes on; plugins are not switched, learners not reset or thawed."),
            line("Whatever then changes stops entries and is named here; exits go on."),
        ]
        return Dialog("Lock down?", says, [Choice("y", "seal what runs now", Request("lockdown", {"reason": REASON}))])
    says = [
        line(Piece("sealed  ", "dim"), described(replace(lockdown, drift=()))),
        *(line(Piece(" DRIFT ", "alarm"), " ", clean(each)) for each in lockdown.drift[:DRIFT_SHOWN]),
        line("Lifted, changes stop nothing any more: plugins and learners are yours again."),
    ]
    if len(lockdown.drift) > DRIFT_SHOWN:
        says.insert(-1, line(f"and {len(lockdown.drift) - DRIFT_SHOWN} more: tidegate lockdown --show"))
    return Dialog("Lift the lockdown?", says, [Choice("y", "lift it", Request("lift", {}))])


def ask_stop(board: Dashboard) -> Dialog:
    """Whether to stop the engine."""
    says = [
        line(f"{len(board.positions)} positions stay open and nobody watches their exits."),
        line("To leave only this screen, use q: the engine goes on."),
    ]
    return Dialog("Stop the engine?", says, [Choice("y", "stop it cleanly", Request("stop", {}))])
