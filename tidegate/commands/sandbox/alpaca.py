"""Venues to rehearse with: `tidegate sandbox alpaca` and `tidegate sandbox uw`."""

import asyncio
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from tidegate.commands.sandbox.options import At, Faults, time_of
from tidegate.commands.sandbox.unusual_whales import uw
from tidegate.core.errors import InputError

if TYPE_CHECKING:
    from tidegate.sandbox.alpaca import Sandbox

Follow = Annotated[
    Path | None,
    typer.Option(
        "--follow",
        metavar="FOLDER",
        help="Prices are those that the engine over this state folder sees; always open, no request limits.",
        show_default=False,
    ),
]

REQUESTS_PER_MINUTE = 200  # what Alpaca allows
WORDS = """\
Alpaca sandbox until Ctrl-C, account {account_number} ({account_id}).

For the engine's shell:
export APCA_API_KEY_ID={key_id}
export APCA_API_SECRET_KEY={secret_key}

For its configuration:
[executors.paper]
enabled = false

[executors.alpaca]
enabled = true
base_url = "{url}"
stream_url = "{stream_url}"
"""
MARKET = """
[sources.alpaca_market]
enabled = true
data_url = "{data_url}"
data_stream_url = "{data_stream_url}"
"""
RECORDING = """\
requests_per_minute = 10000
poll_s = 0.1

[sources.recording]
enabled = true
files = ["session:demo.jsonl.gz"]
"""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Run a venue of our own on this machine, to rehearse with.", no_args_is_help=True)
    group.command()(alpaca)
    group.command()(uw)
    app.add_typer(group, name="sandbox")


def alpaca(  # noqa: PLR0913 - a command's options are its arguments
    *,
    port: Annotated[int, typer.Option("--port", metavar="N", min=0, max=65535, help="0 takes any free one.")] = 4010,
    faults: Faults = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Decides prices, ids and chances.")] = 7,
    speed: Annotated[float, typer.Option("--speed", metavar="N", min=0.0, help="Sandbox seconds per second.")] = 1.0,
    cash: Annotated[str, typer.Option("--cash", metavar="USD", help="What the account opens with.")] = "100000",
    at: At = None,
    follow: Follow = None,
    always_open: Annotated[bool, typer.Option("--always-open", help="The market knows no nights.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print addresses and keys as one line of JSON.")] = False,
) -> None:
    """Run an Alpaca of our own until it is stopped.

    One account, prices that walk or follow an engine, both streams, faults on demand (docs/sandbox.md).
    """
    try:
        from tidegate.sandbox.alpaca import Plan, Sandbox, Settings  # noqa: PLC0415 - other commands start without a server
        from tidegate.sandbox.runners import serve  # noqa: PLC0415 - the same
    except ModuleNotFoundError as error:
        raise InputError(f"The sandbox needs {error.name}: install tidegate[sandbox].") from error
    settings = Settings(
        port=port,
        at=time_of(at),
        speed=speed,
        seed=seed,
        cash=_usd(cash),
        plan=Plan() if faults is None else Plan.read(faults),
        always_open=always_open or follow is not None,
        walk=follow is None,
        follow=follow,
        requests_per_minute=REQUESTS_PER_MINUTE if follow is None else None,
    )
    try:
        asyncio.run(serve(Sandbox(settings), lambda box: _say(box, as_json=as_json)))
    except OSError as error:
        raise InputError(f"The sandbox cannot listen on port {port}: {error.strerror}.") from error


def _say(box: "Sandbox", *, as_json: bool) -> None:
    card = box.card()
    if as_json:
        typer.echo(msgspec.json.encode(card).decode())
        return
    prices = MARKET if box.settings.follow is None else RECORDING
    typer.echo(WORDS.format(**card) + prices.format(**card))


def _usd(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(0)
    if not (amount.is_finite() and amount > 0):
        raise InputError(f'--cash is "{text}": it must be an amount above 0.')
    return amount
