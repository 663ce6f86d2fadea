"""`tidegate learner`: what learners believe, which outcomes moved it, and a person's hand on it."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from tidegate.commands.asking import ask, confirm, words
from tidegate.commands.looking.journal import journal_of
from tidegate.commands.options import AsJson, ConfigFile, Sets, StateDir, Yes
from tidegate.core.domain import events as e
from tidegate.core.domain.learning.beta import interval
from tidegate.core.domain.state import State
from tidegate.core.domain.views.beliefs import MOVING, LearnerGauge, cell_moves, learner_gauges
from tidegate.core.errors import InputError
from tidegate.folders import attached
from tidegate.output.printing import emit
from tidegate.output.shapes import Shape
from tidegate.output.summary import every
from tidegate.output.text import table

KIND = "learners."

app = typer.Typer(help="Show what learners believe, and steer it.", no_args_is_help=True)
Name = Annotated[str, typer.Option("--learner", metavar="NAME", help="Which learner.")]
Scope = Annotated[
    str, typer.Argument(metavar="[CELLS]", help='"PANIC", or "PANIC/dark_pool"; none is all.', show_default=False)
]
Seq = Annotated[int, typer.Argument(min=0, metavar="SEQ", help="The journal's sequence number to go back to.")]


class MoveShape(Shape, frozen=True, kw_only=True):
    """One outcome that moved a cell: its event, its trace, and the posterior means."""

    seq: int
    at: datetime
    trace: str
    before: float
    after: float


class CellShape(Shape, frozen=True, kw_only=True):
    """What a learner believes of a component in a regime.

    `low` and `high` bound 90 % of the belief; `multiplier` is in force, `newest` is what the newest belief would give
    (they differ in shadow mode); `moves` are the outcomes that moved it, oldest first.
    """

    learner: str
    regime: str
    component: str
    mean: float
    low: float
    high: float
    evidence: float
    multiplier: float
    newest: float
    frozen: bool
    moves: list[MoveShape]


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(app, name="learner")


@app.command()
def show(
    scope: Scope = "",
    *,
    config: ConfigFile = None,
    sets: Sets = None,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Show each cell's mean, 90 % interval, evidence and multiplier, and the outcomes that moved it."""
    from tidegate.running.setup import configure  # noqa: PLC0415 - loads the engine, which looking commands do without

    with journal_of(state_dir) as journal:
        state, moved = journal.state(), list(every(journal, MOVING))
    gauges = learner_gauges(state, configure(config=config, sets=sets or ()).host.rules())
    cells = [
        _cell(state, key, name, gauges.get(key, LearnerGauge(needed=None)), moved)
        for key, belief in state.beliefs.items()
        for name in sorted(belief)
        if scope in ("", name, name.partition("/")[0])
    ]
    if scope and not cells:
        raise InputError(f'Nothing has been learned about "{scope}": give a regime, or REGIME/component.')
    emit(cells, lambda found: _words(found, details="/" in scope), as_json=as_json)


@app.command()
def freeze(*, learner: Name = "regime_beta", state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Stop learning; what is known stays in use."""
    _ask(state_dir, {"action": "freeze"}, learner, as_json=as_json)


@app.command()
def thaw(*, learner: Name = "regime_beta", state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Go on learning. Outcomes of the meantime are not made up for."""
    _ask(state_dir, {"action": "thaw"}, learner, as_json=as_json)


@app.command()
def reset(
    scope: Scope = "",
    *,
    learner: Name = "regime_beta",
    yes: Yes = False,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Set all cells, a regime's, or one back to the prior. A rollback undoes it."""
    if not yes:
        confirm("reset", f"{scope or 'Everything that was learned'} goes back to the prior.")
    _ask(state_dir, {"action": "reset", "cells": scope}, learner, as_json=as_json)


@app.command()
def rollback(
    seq: Seq,
    *,
    learner: Name = "regime_beta",
    yes: Yes = False,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Take the belief back to what it was after an event of the journal."""
    if not yes:
        confirm("rollback", f"What was learned after event {seq} is undone.")
    _ask(state_dir, {"action": "rollback", "seq": str(seq)}, learner, as_json=as_json)


@app.command()
def promote(
    *, learner: Name = "regime_beta", yes: Yes = False, state_dir: StateDir = None, as_json: AsJson = False
) -> None:
    """Apply what a learner in shadow mode has learned, from the next signal on."""
    if not yes:
        confirm("promote", "Signals are scored with the newest belief from now on.")
    _ask(state_dir, {"action": "promote"}, learner, as_json=as_json)


def _ask(state_dir: Path | None, args: dict[str, str], learner: str, *, as_json: bool) -> None:
    named = {"learner": KIND + learner.removeprefix(KIND), **args}
    with journal_of(state_dir) as journal:
        emit(ask(journal, attached(state_dir), "learner", named), words, as_json=as_json)


def _cell(state: State, key: str, name: str, gauge: LearnerGauge, moved: Sequence[e.Recorded]) -> CellShape:
    cell = state.beliefs[key][name]
    regime, _, component = name.partition("/")
    low, high = interval(cell.alpha, cell.beta)
    return CellShape(
        learner=key,
        regime=regime,
        component=component,
        mean=cell.mean,
        low=low,
        high=high,
        evidence=cell.evidence,
        multiplier=gauge.applied.get(name, 1.0),
        newest=gauge.newest.get(name, 1.0),
        frozen=key in state.frozen,
        moves=[
            MoveShape(seq=move.seq, at=move.at, trace=move.trace, before=move.before.mean, after=move.after.mean)
            for move in cell_moves(moved, key, name)
            if move.before is not None and not move.hand
        ],
    )


def _words(cells: list[CellShape], *, details: bool) -> str:
    if not cells:
        return "Nothing has been learned yet."
    rows = [
        [
            cell.regime,
            cell.component,
            f"{cell.mean:.3f}",
            f"{cell.low:.2f}-{cell.high:.2f}",
            f"{cell.evidence:.2f}",
            f"x {cell.multiplier:.2f}",
            f"x {cell.newest:.2f}" if cell.newest != cell.multiplier else "",
            "frozen" if cell.frozen else "",
        ]
        for cell in cells
    ]
    head = ["REGIME", "COMPONENT", "MEAN", "90 %", "EVIDENCE", "APPLIED", "NEWEST", ""]
    said = [table(head, rows, right="24")]
    if details:
        moves = [
            [str(move.seq), f"{move.at:%Y-%m-%d %H:%M}", move.trace, f"{move.before:.4f}", f"{move.after:.4f}"]
            for cell in cells
            for move in cell.moves
        ]
        said += ["", table(["SEQ", "WHEN (UTC)", "TRACE", "BEFORE", "AFTER"], moves, right="034")]
    return "\n".join(said)
