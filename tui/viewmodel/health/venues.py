"""The venues: each one's circuit, when it last answered, its errors, and what is used of its request budgets."""

from collections.abc import Iterator
from typing import Any

from tidegate.tui.viewmodel.numbers import NONE, UNKNOWN, age, clock_time
from tidegate.tui.viewmodel.table import Column, Row
from tidegate.tui.viewmodel.text import Line, Piece, line, spread
from tidegate.tui.viewmodel.told import number_of, table_of, tables_of, text_of, time_of
from tidegate.tui.viewmodel.view import View

VENUES = (
    Column("VENUE", 18, flex=True),
    Column("CIRCUIT", 9),
    Column("ANSWER", 6, "right"),
    Column("ERRORS", 6, "right"),
    Column("429", 4, "right"),
    Column("BUDGET", 6),
    Column("USED/LIMIT", 13, "right"),
    Column("RESETS", 7, "right"),
    Column("WHY", 20, "left", 1),
)
NO_VENUES = "No venue known yet. They are listed once an engine has started here."
CIRCUITS = {"closed": "good", "half-open": "warn", "open": "bad"}
NOTHING: tuple[Line, ...] = ((), (), ())  # in place of a circuit
NO_BUDGET: tuple[Line, ...] = (line(NONE), (), line(NONE), ())


def venues_title(view: View, width: int) -> Line:
    """The panel's title with the first circuit that is not closed, and why."""
    left = line(Piece(" VENUES   ", "title"), *_worst(view))
    return spread(left, line(Piece(view.told("venues"), "warn")), width)


def venue_rows(view: View) -> list[Row]:
    """One row per venue, and one more for each further budget or quota; a venue that tells nothing is there too."""
    rows = [] if "circuit" in view.gauge("venue") else [_silent(name, view) for name in _executors(view)]
    for each in _told(view):
        circuit = table_of(each.get("circuit"))
        budgets = [_budget(budget) for budget in tables_of(each.get("budgets"))]
        rows += _rows(text_of(circuit.get("venue")), _circuit(circuit, view), budgets, _why(circuit, view))
    for name, quotas in _quotas(view):
        rows += _rows(name, NOTHING, [_quota(quota, view) for quota in quotas], ())
    return rows


def _worst(view: View) -> Line:
    """What of the venues is not well, if anything."""
    for circuit in (table_of(each.get("circuit")) for each in _told(view)):
        if circuit.get("state") in CIRCUITS and circuit["state"] != "closed":
            name = f"{text_of(circuit.get('venue')).partition(' (')[0]} {circuit['state']}"
            return (Piece(name, CIRCUITS[circuit["state"]]), Piece(" "), *_why(circuit, view))
    venue, now = view.state.venue, view.state.at
    if venue.unavailable is not None:
        return line(Piece(f"unavailable: {venue.unavailable}", "bad"))
    if venue.limited_until is not None and now is not None and now < venue.limited_until:
        return line(Piece(f"rate limit until {clock_time(venue.limited_until)}", "warn"))
    return ()


def _told(view: View) -> list[dict[str, Any]]:
    known = view.gauges.get("venues")
    return [] if known is None else tables_of(known.body)


def _executors(view: View) -> list[str]:
    known = view.gauges.get("plugins")
    told = [] if known is None else tables_of(known.body)
    return [str(each.get("name")) for each in told if each.get("kind") == "executors" and each.get("loaded")]


def _quotas(view: View) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """What sources and the executor tell of the quotas of their services."""
    told = {key.partition(".")[2]: table_of(each) for key, each in view.gauge("feeds").items()}
    for name, each in {"venue": view.gauge("venue"), **told}.items():
        if quotas := tables_of(each.get("quotas")):
            yield name, quotas


def _rows(name: str, circuit: tuple[Line, ...], budgets: list[tuple[Line, ...]], why: Line) -> list[Row]:
    first, *more = budgets or [NO_BUDGET]
    rows = [Row(name, (line(Piece(name, "strong")), *circuit, *first, why), name)]
    return rows + [Row(f"{name} {number}", ((), *NOTHING, *each, ()), name) for number, each in enumerate(more)]


def _silent(name: str, view: View) -> Row:
    """The venue of a run that speaks to none: there is nothing that could fail."""
    word = Piece("none", "dim") if "venue" in view.gauges else UNKNOWN
    why = line(Piece("no connection", "dim"))
    return Row(name, (line(Piece(name, "strong")), line(word), line(NONE), line(NONE), *NO_BUDGET, why), name)


def _circuit(circuit: dict[str, Any], view: View) -> tuple[Line, ...]:
    state, errors = text_of(circuit.get("state")), number_of(circuit.get("errors"))
    at = time_of(circuit.get("answered_at"))
    return (
        line(Piece(state, CIRCUITS[state]) if state in CIRCUITS else UNKNOWN),
        line(Piece("never", "warn") if at is None else age((view.wall - at).total_seconds())),
        line(NONE if errors is None else Piece(f"{errors:,.0f}", "" if errors else "dim")),
    )


def _why(circuit: dict[str, Any], view: View) -> Line:
    reason, again = text_of(circuit.get("reason")), time_of(circuit.get("next_try"))
    if again is None:
        return line(Piece(reason, "warn"))
    left = 0.0 if circuit.get("state") == "half-open" else (again - view.wall).total_seconds()
    return line(Piece(f"{f'next try {age(left)}' if left > 0 else 'trying now'}: {reason}", "warn"))


def _budget(budget: dict[str, Any]) -> tuple[Line, ...]:
    """Our own count of a key's requests: those of the last minute, and when the bucket is full again."""
    limits, held = number_of(budget.get("limits")), number_of(budget.get("held_s"))
    rest = held or number_of(budget.get("full_s"))
    return (
        line(NONE if limits is None else Piece(f"{limits:,.0f}", "warn" if limits else "dim")),
        line("minute"),
        _used(number_of(budget.get("used")), number_of(budget.get("per_minute"))),
        line(NONE if rest is None else Piece(_left(rest), "warn" if held else "dim")),
    )


def _quota(quota: dict[str, Any], view: View) -> tuple[Line, ...]:
    """The service's own count."""
    at = time_of(quota.get("resets_at"))
    return (
        (),
        line(text_of(quota.get("name"))),
        _used(number_of(quota.get("used")), number_of(quota.get("limit"))),
        line(NONE if at is None else Piece(_left((at - view.wall).total_seconds()), "dim")),
    )


def _left(seconds: float) -> str:
    return "now" if seconds <= 0 else "<1s" if seconds < 1 else age(seconds)


def _used(used: float | None, limit: float | None) -> Line:
    if used is None or limit is None:
        return line(UNKNOWN)
    return line(Piece(f"{used:,.0f}/{limit:,.0f}", "bad" if used >= limit else "warn" if used >= 0.9 * limit else ""))
