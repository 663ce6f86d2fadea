"""The feeds: every source with its state, and the age of its last fact against its limit."""

from datetime import datetime
from typing import Any, NamedTuple

from tidegate.tui.viewmodel.hours import open_for_s
from tidegate.tui.viewmodel.numbers import NONE, UNKNOWN, age
from tidegate.tui.viewmodel.table import Column, Row
from tidegate.tui.viewmodel.text import Line, Piece, line, spread
from tidegate.tui.viewmodel.told import number_of, table_of, text_of, time_of
from tidegate.tui.viewmodel.view import View

FEEDS = (
    Column("SOURCE", 20, flex=True),
    Column("STATE", 9),
    Column("LAST", 6, "right"),
    Column("LIMIT", 6, "right"),
    Column("FACTS", 10, "right"),
    Column("FAILED", 6, "right"),
    Column("AGAIN", 6, "right"),
    Column("WHY", 30, "left", 1),
)
NO_FEEDS = "No source known yet. They are listed once an engine has started here."
KIND = "sources."
STOPPED, LATE, TROUBLE = Piece("stopped", "dim"), Piece("LATE", "bad"), Piece("trouble", "warn")
WORDS = {
    "starting": Piece("starting", "dim"),
    "reading": Piece("reading", "good"),
    "failed": Piece("FAILED", "bad"),
    "ended": Piece("ended", "dim"),
}
BAD = (WORDS["failed"], LATE, TROUBLE)  # the worst first


class FeedRow(NamedTuple):
    """A source: its name and its state, what the engine told of it, and the age of its last fact, in seconds."""

    name: str
    state: Piece
    told: dict[str, Any]
    age_s: float | None

    @property
    def trouble(self) -> str:
        """What is wrong, in the source's own words."""
        return text_of(self.told.get("trouble"))


def feeds(view: View) -> list[FeedRow]:
    """Every source the engine told of; without that, those named in the journal."""
    told = view.gauge("feeds")
    known = told or {key: {} for key in view.state.plugins if key.startswith(KIND)}
    return [_feed(key.removeprefix(KIND), table_of(each), view) for key, each in known.items()]


def feeds_title(view: View, width: int) -> Line:
    """The panel's title with the first feed that is not well, and why."""
    known = feeds(view)
    left = line(Piece(" FEEDS ", "title"), Piece(f"{len(known)}   ", "strong"))
    worst = min((row for row in known if row.state in BAD), key=lambda row: BAD.index(row.state), default=None)
    if worst is not None:
        left = (*left, Piece(f"{worst.name} {worst.state.text}", worst.state.tone), Piece(f" {worst.trouble}", "warn"))
    return spread(left, line(Piece(view.told("feeds"), "warn")), width)


def feed_rows(view: View) -> list[Row]:
    """One row per source, in the order of configuration."""
    return [Row(row.name, _cells(row, view), row.name) for row in feeds(view)]


def _feed(name: str, told: dict[str, Any], view: View) -> FeedRow:
    at, now = time_of(told.get("at")), view.session_now if told.get("recorded") else view.wall
    age_s = None if at is None or now is None else max(0.0, (now - at).total_seconds())
    return FeedRow(name, _state(told, age_s, now if view.state.running else None), told, age_s)


def _state(told: dict[str, Any], age_s: float | None, now: datetime | None) -> Piece:
    """The state in a word; `now` is None when the engine does not run."""
    word = WORDS.get(text_of(told.get("state")), UNKNOWN)
    if now is None:
        return word if word in {UNKNOWN, WORDS["ended"]} else STOPPED
    if word != WORDS["reading"]:
        return word
    if _late(age_s, number_of(told.get("limit_s")), open_for_s(now)):
        return LATE
    return TROUBLE if told.get("trouble") else word


def _late(age_s: float | None, limit_s: float | None, open_s: float | None) -> bool:
    """Whether nothing came for longer than the limit while the exchange was open; each session begins anew."""
    if limit_s is None or open_s is None:
        return False
    return (open_s if age_s is None else min(open_s, age_s)) > limit_s


def _cells(row: FeedRow, view: View) -> tuple[Line, ...]:
    facts, failures, limit = (number_of(row.told.get(name)) for name in ("facts", "failures", "limit_s"))
    again = time_of(row.told.get("next_try")) if view.state.running else None
    why = "recorded" if row.told.get("recorded") and not row.trouble else row.trouble
    last = Piece("none", "dim") if facts == 0 else UNKNOWN if row.age_s is None else Piece(age(row.age_s))
    return (
        line(Piece(row.name, "strong")),
        line(row.state),
        line(Piece(last.text, "bad") if row.state is LATE else last),
        line(NONE if limit is None else Piece(age(limit), "dim")),
        line(NONE if facts is None else f"{facts:,.0f}"),
        line(NONE if failures is None else Piece(f"{failures:,.0f}", "" if failures else "dim")),
        line(NONE if again is None else Piece(age((again - view.wall).total_seconds()), "warn")),
        line(Piece(why, "warn" if row.trouble else "dim")),
    )
