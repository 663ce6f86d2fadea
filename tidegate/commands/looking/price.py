"""`tidegate price SYMBOL`: the price that counts, and each candidate for it."""

from datetime import datetime
from typing import Annotated

import typer

from tidegate.commands.looking.journal import journal_of
from tidegate.commands.options import AsJson, StateDir
from tidegate.core.domain.prices.candidates import Candidate, candidates, why_unknown
from tidegate.core.domain.state import State
from tidegate.core.errors import InputError
from tidegate.output.printing import emit
from tidegate.output.shapes import Shape
from tidegate.output.text import clock, table


class CandidateShape(Shape, frozen=True, kw_only=True):
    """One fact that could be the price: `low` and `high` are bid and ask of a touch, else one price twice."""

    origin: str
    low: float
    high: float
    at: datetime
    age_s: float
    counts: bool
    why: str


class PriceShape(Shape, frozen=True, kw_only=True):
    """The price of a symbol as of `at`, the engine's time; without one, `why` says why, and `last` may be known."""

    symbol: str
    at: datetime
    price: float | None
    last: float | None
    age_s: float | None
    origin: str | None
    why: str
    candidates: list[CandidateShape]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(price)


def price(
    symbol: Annotated[str, typer.Argument(help="A symbol that the journal knows.")],
    *,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Show a symbol's price, and why each candidate counts or not."""
    with journal_of(state_dir) as journal:
        state = journal.state()
    symbol = symbol.upper()
    if symbol not in state.symbols:
        raise InputError(f"Nothing is known of {symbol}: no alert, price or reading of it is in the journal.")
    emit(_shape(state, symbol), _words, as_json=as_json)


def _shape(state: State, symbol: str) -> PriceShape:
    known, now = state.symbols[symbol], state.now
    door = known.door
    at = None if door is None else door.at
    found = [] if door is None else candidates(door, known.bars[-1] if known.bars else None, now, state.prices)
    return PriceShape(
        symbol=symbol,
        at=now,
        price=state.price(symbol),
        last=state.last_price(symbol),
        age_s=None if at is None else (now - at).total_seconds(),
        origin=None if door is None or at is None else door.origin,
        why=why_unknown(door, now, state.prices),
        candidates=[_candidate(each, now) for each in found],
    )


def _candidate(found: Candidate, now: datetime) -> CandidateShape:
    return CandidateShape(
        origin=found.origin,
        low=found.low,
        high=found.high,
        at=found.at,
        age_s=(now - found.at).total_seconds(),
        counts=found.counts,
        why=found.why,
    )


def _words(shape: PriceShape) -> str:
    told = f"unknown: {shape.why}" if shape.price is None else f"{shape.price:,.2f} USD, {shape.origin}"
    age = "" if shape.price is None or shape.age_s is None else f", {shape.age_s:.0f} s old"
    head = f"{shape.symbol}  {told}{age}, at {clock(shape.at)}"
    rows = [
        [each.origin, _dollars(each), f"{each.age_s:.0f} s", "counts" if each.counts else "", each.why]
        for each in shape.candidates
    ]
    return "\n".join([head, table(["CANDIDATE", "USD", "AGE", "", "WHY"], rows, right="12")] if rows else [head])


def _dollars(each: CandidateShape) -> str:
    return f"{each.low:,.2f}" if each.low == each.high else f"{each.low:,.2f} / {each.high:,.2f}"
