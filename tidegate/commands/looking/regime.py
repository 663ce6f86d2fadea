"""`tidegate regime`: the market's regime now, or what it would have been over a history of closes."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from tidegate.closes import read_closes
from tidegate.commands.looking.journal import journal_of
from tidegate.commands.options import AsJson, ConfigFile, Sets, StateDir
from tidegate.core.domain.regimes.history import RegimeDay, RegimeYear, history, years
from tidegate.core.domain.state import State
from tidegate.core.domain.values import Regime
from tidegate.output.printing import emit
from tidegate.output.shapes import Shape
from tidegate.output.text import clock, table

NAMES = (Regime.RISK_ON, Regime.MIXED, Regime.RISK_OFF, Regime.PANIC, Regime.UNKNOWN)
History = Annotated[
    Path | None,
    typer.Option("--history", metavar="FILE", help="Daily closes: CSV, plain or gzip.", show_default=False),
]


class RegimeShape(Shape, frozen=True, kw_only=True):
    """`regime`: now. `inputs` in percent; `closes` counts the daily closes that are known."""

    regime: str
    since: datetime | None
    confidence: float
    inputs: dict[str, float]
    close_at: datetime | None
    closes: int


class HistoryShape(Shape, frozen=True, kw_only=True):
    """`regime --history`: each day, and each year's days per regime; `skipped` rows had no value."""

    days: list[RegimeDay]
    years: dict[int, RegimeYear]
    changes_per_year: float | None
    skipped: int


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(regime)


def regime(
    *,
    history_file: History = None,
    config: ConfigFile = None,
    sets: Sets = None,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Show the market's regime and why.

    With --history: judge a history of daily closes by the same rules.
    """
    if history_file is None:
        with journal_of(state_dir) as journal:
            emit(_now(journal.state()), _words, as_json=as_json)
        return
    emit(_past(history_file, config, sets or ()), _table, as_json=as_json)


def _now(state: State) -> RegimeShape:
    known = state.regime
    return RegimeShape(
        regime=known.regime,
        since=known.since,
        confidence=known.confidence,
        inputs=known.inputs,
        close_at=known.close_at,
        closes=len(known.closes),
    )


def _past(file: Path, config: Path | None, sets: Sequence[str]) -> HistoryShape:
    from tidegate.running.setup import configure  # noqa: PLC0415 - loads the engine, which looking commands do without

    closes = read_closes(file)
    days = list(history(closes.days, configure(config=config, sets=sets).config.settings.regime))
    by_year = years(days)
    changes = sum(year.changes for year in by_year.values())
    return HistoryShape(
        days=days, years=by_year, changes_per_year=changes / len(by_year) if by_year else None, skipped=closes.skipped
    )


def _words(shape: RegimeShape) -> str:
    read = ", ".join(f"{name} {value:.2f}" for name, value in shape.inputs.items()) or "nothing yet"
    since = f" since {shape.since:%Y-%m-%d} {clock(shape.since)}" if shape.since else ""
    latest = f", the last of {shape.close_at:%Y-%m-%d}" if shape.close_at else ""
    return (
        f"{shape.regime}{since}, confidence {shape.confidence:.2f}\n"
        f"read from {read} (percent; vix in points)\n{shape.closes} daily closes known{latest}"
    )


def _table(shape: HistoryShape) -> str:
    rows = [
        [str(year), *(str(found.days[name]) for name in NAMES), str(found.changes)]
        for year, found in shape.years.items()
    ]
    said = [table(["YEAR", *(name.value for name in NAMES), "CHANGES"], rows, right="123456")]
    if shape.changes_per_year is not None:
        said.append(
            f"{shape.changes_per_year:.1f} changes a year; {len(shape.days):,} days, {shape.skipped} without a value"
        )
    return "\n".join(said)
