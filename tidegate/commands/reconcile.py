"""`tidegate reconcile`: what our book and the broker's disagree about, and a person's answer to it."""

from typing import Annotated

import typer

from tidegate.commands.asking import ask, words
from tidegate.commands.looking.journal import journal_of
from tidegate.commands.options import AsJson, StateDir
from tidegate.core.domain.state import State
from tidegate.core.domain.values.broker import BrokerOrder
from tidegate.core.domain.views import BookRow, books
from tidegate.core.errors import InputError
from tidegate.folders import attached
from tidegate.output.printing import emit
from tidegate.output.shapes import DifferenceShape, ReconcileShape

Adopt = Annotated[bool, typer.Option("--adopt", help="The broker is right: take over what it holds.")]
Ignore = Annotated[bool, typer.Option("--ignore", help="Leave both books as they are, and make no entry in it.")]
Flatten = Annotated[bool, typer.Option("--flatten", help="Take over what the broker holds and sell it.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(reconcile)


def reconcile(  # noqa: PLR0913 - one parameter per answer a person can give
    symbol: Annotated[str | None, typer.Argument(help="The symbol to answer for; none shows all differences.")] = None,
    *,
    adopt: Adopt = False,
    ignore: Ignore = False,
    flatten: Flatten = False,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Show where our book and the broker's differ.

    With a symbol and one of --adopt, --ignore and --flatten: answer its difference.
    """
    answers = [name for name, given in (("adopt", adopt), ("ignore", ignore), ("flatten", flatten)) if given]
    with journal_of(state_dir) as journal:
        if symbol is None and not answers:
            emit(shape_of(journal.state()), lines, as_json=as_json)
            return
        if symbol is None or len(answers) != 1:
            raise InputError("Give one symbol and one of --adopt, --ignore, --flatten.")
        args = {"symbol": symbol, "answer": answers[0]}
        emit(ask(journal, attached(state_dir), "reconcile", args), words, as_json=as_json)


def shape_of(state: State) -> ReconcileShape:
    """The differences that wait for an answer, and the orders at the broker that are not ours."""
    seen = books(state)
    return ReconcileShape(
        reconciled_at=seen.agreed_at,
        differences=[_shape(each) for each in seen.rows],
        ignored=[_shape(each) for each in seen.ignored],
        foreign_orders=list(seen.foreign),
        untraded_positions=list(seen.untraded),
    )


def _shape(each: BookRow) -> DifferenceShape:
    return DifferenceShape(
        symbol=each.symbol, case=each.case, ours=each.ours, theirs=each.theirs, their_price=each.their_price
    )


def lines(shape: ReconcileShape) -> str:
    """The comparison for a person."""
    said = [_line(each) for each in shape.differences]
    said += [
        f"{order.symbol:<6} an order that is not ours: {order.side} {_size(order)} ({order.status}); it counts"
        for order in shape.foreign_orders
    ]
    said += [
        f"{each.symbol} counts, and is never traded here: {each.asset_class} {each.side} {each.quantity}"
        for each in shape.untraded_positions
    ]
    said += [f"{_line(each)}: left alone; --adopt or --flatten ends that" for each in shape.ignored]
    if any(abs(each.theirs) < abs(each.ours) for each in shape.differences):
        said.append("What the broker's list lacks is gone once a second look and its cash say so too, or you: --adopt.")
    if shape.differences:
        said.append("Entries wait for an answer: tidegate reconcile SYMBOL --adopt, --ignore or --flatten.")
    elif shape.reconciled_at is None:
        said.append("The books have not been compared in this run.")
    elif shape.untraded_positions or shape.foreign_orders:
        said.append("The books agree on what is traded here; what is yours beside it counts in net delta and exposure.")
    else:
        said.append("The books agree.")
    return "\n".join(said)


def _size(order: BrokerOrder) -> str:
    return f"{order.notional} USD" if order.notional is not None else f"{order.quantity}"


def _line(each: DifferenceShape) -> str:
    price = f" @ {each.their_price}" if each.their_price is not None else ""
    return f"{each.symbol:<6} {each.case:<13} ours {each.ours}  theirs {each.theirs}{price}"
