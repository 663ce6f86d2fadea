"""What learners believe: a row per regime and component, and one belief in full under the cursor."""

from collections.abc import Iterator
from typing import NamedTuple

from tidegate.core.domain.learning.beta import interval
from tidegate.core.domain.positions import Cell
from tidegate.core.domain.values import Regime
from tidegate.tui.viewmodel.learner.strips import axis, strip
from tidegate.tui.viewmodel.numbers import NONE, UNKNOWN
from tidegate.tui.viewmodel.table import Column, Row
from tidegate.tui.viewmodel.text import Line, Piece, line, spread
from tidegate.tui.viewmodel.told import number_of, table_of
from tidegate.tui.viewmodel.view import View

TENTHS = 10  # cells of the strip in a row
CELLS = (
    Column("REGIME", 8),
    Column("COMPONENT", 17, flex=True),
    Column("BELIEF 0-1", TENTHS),
    Column("MEAN", 5, "right"),
    Column("90 %", 9),
    Column("EVIDENCE", 8, "right"),
    Column("APPLIED", 7, "right"),
    Column("NEWEST", 6, "right"),
    Column("LEARNER", 14, "left", 1),
)
NO_CELLS = "Nothing learned yet: cells appear when the first position closes."
NO_LEARNER = "No learner is on. Turn one on in the screen Plugins, with key 5."
NO_SESSION = "No session yet. Start one with: tidegate demo"
TEACHES = (
    "A closed position moves the cells of the regime it was entered in:",
    "up when it won, down when it lost, each component by its share of the score.",
    "With enough evidence a cell's multiplier weighs its component in new scores.",
)
KIND = "learners."
REGIMES = [str(regime) for regime in Regime]
MARGIN = 3  # cells at both ends of the wide strip


class Believed(NamedTuple):
    """One cell of one learner, with its multipliers; None: no engine has said."""

    learner: str
    regime: str
    component: str
    cell: Cell
    needed: float | None
    applied: float | None
    newest: float | None

    @property
    def key(self) -> str:
        """Tells it from all others."""
        return f"{self.learner} {self.regime}/{self.component}"


def believed(view: View) -> list[Believed]:
    """All cells: by learner, then by regime from the best to the worst, then by component."""
    found = [
        _believed(key, name, cell, view) for key, belief in view.state.beliefs.items() for name, cell in belief.items()
    ]
    return sorted(found, key=lambda each: (each.learner, _rank(each.regime), each.regime, each.component))


def learner_lines(view: View, width: int) -> list[Line]:
    """A line for each learner: what it does now, in words."""
    keys = sorted({*view.state.beliefs, *_switched_on(view)})
    told = [line(Piece(key.removeprefix(KIND), "strong"), "  ", *_doing(key, view)) for key in keys]
    first, *more = told or [line(Piece("no learner is on" if view.state.seq else "", "dim"))]
    late = line(Piece(view.told("learners"), "warn"))
    return [spread((Piece(" LEARNER ", "title"), *first), late, width), *((Piece(" " * 9), *each) for each in more)]


def cell_rows(view: View) -> list[Row]:
    """One row per cell; y copies its name as `tidegate learner show` takes it."""
    return [Row(each.key, _cells(each), f"{each.regime}/{each.component}") for each in believed(view)]


def no_cells(view: View) -> str:
    """What to say in place of rows."""
    if view.problem or view.state.seq == 0:
        return view.problem or NO_SESSION
    return NO_CELLS if _switched_on(view) else NO_LEARNER


def belief_lines(each: Believed | None, view: View, width: int) -> list[Line]:
    """The belief under the cursor: its interval in words, its shape, and what its multiplier waits for."""
    if each is None:
        return [line(Piece(" HOW IT LEARNS ", "title")), *(line(Piece(f" {text}", "dim")) for text in TEACHES)]
    low, high = interval(each.cell.alpha, each.cell.beta)
    name = line(
        Piece(f" {each.regime} {each.component} ", "title"), Piece(f" {each.learner.removeprefix(KIND)}", "dim")
    )
    sure = f"mean {each.cell.mean:.3f}, 90 % between {low:.2f} and {high:.2f} "
    room = max(TENTHS, width - 2 * MARGIN)
    return [
        spread(name, line(Piece(sure, "strong")), width),
        (Piece(" 0 ", "dim"), *strip(each.cell, room), Piece(" 1", "dim")),
        (Piece(" " * MARGIN), *axis(each.cell, room)),
        (Piece(" "), *_multiplier(each, view)),
    ]


def evidence(value: float, needed: float | None) -> str:
    """Outcomes' worth of evidence against what is needed."""
    return f"{value:.1f}" if needed is None else f"{value:.1f}/{needed:g}"


def _believed(key: str, name: str, cell: Cell, view: View) -> Believed:
    regime, _, component = name.partition("/")
    told = table_of(view.gauge("learners").get(key))
    applied, newest = (number_of(table_of(told.get(which)).get(name)) for which in ("applied", "newest"))
    if key not in _switched_on(view):
        applied = newest = 1.0  # a learner that is off multiplies nothing
    return Believed(key, regime, component, cell, number_of(told.get("needed")), applied, newest)


def _rank(regime: str) -> int:
    return REGIMES.index(regime) if regime in REGIMES else len(REGIMES)


def _switched_on(view: View) -> set[str]:
    """The learners that multiply and learn now, but for those that are frozen or only compared."""
    state = view.state
    on = {*state.plugins, *(key for key, enabled in state.toggled.items() if enabled)}
    return {key for key in on if key.startswith(KIND) and state.active(key)}


def _doing(key: str, view: View) -> Iterator[Piece]:
    if key in view.state.quarantined:
        yield Piece("QUARANTINED: multiplies and learns nothing", "bad")
    elif key not in _switched_on(view):
        yield Piece("off: multiplies and learns nothing", "warn")
    else:
        frozen, shadow = key in view.state.frozen, key in view.state.shadows
        yield Piece("FROZEN, learns nothing", "warn") if frozen else Piece("learning", "good")
        if shadow:
            yield Piece("; SHADOW: the newest is not applied", "warn")
        else:
            yield Piece("; what it knows stays in use" if frozen else ", used in every score", "dim")


def _cells(each: Believed) -> tuple[Line, ...]:
    low, high = interval(each.cell.alpha, each.cell.beta)
    enough = each.needed is None or each.cell.evidence >= each.needed
    differs = each.newest is not None and each.newest != each.applied
    return (
        line(Piece(each.regime, "dim")),
        line(Piece(each.component, "strong")),
        strip(each.cell, TENTHS),
        line(f"{each.cell.mean:.3f}"),
        line(f"{low:.2f}-{high:.2f}"),
        line(Piece(evidence(each.cell.evidence, each.needed), "" if enough else "dim")),
        line(_factor(each.applied)),
        line(_factor(each.newest) if differs else NONE),
        line(Piece(each.learner.removeprefix(KIND), "dim")),
    )


def _factor(value: float | None) -> Piece:
    if value is None:
        return UNKNOWN
    return Piece(f"x {value:.2f}", "dim" if value == 1.0 else "good" if value > 1.0 else "bad")


def _multiplier(each: Believed, view: View) -> Iterator[Piece]:
    """The multiplier in force, why it is so, and in shadow mode what it would be."""
    if each.applied is None:
        yield Piece("multiplier unknown: no engine has told it yet", "warn")
        return
    yield Piece(f"x {each.applied:.2f} in force", "strong")
    if each.learner not in _switched_on(view):
        yield Piece(": the learner is off", "warn")
    elif each.needed is not None:
        word = "enough" if each.cell.evidence >= each.needed else "not enough"
        yield Piece(f", evidence {evidence(each.cell.evidence, each.needed)}: {word}", "dim")
    if each.learner in view.state.shadows and each.newest is not None:
        yield Piece(f"; x {each.newest:.2f} once promoted", "warn")
