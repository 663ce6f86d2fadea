"""`tidegate sandbox alpaca`: an Alpaca to rehearse with."""

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tidegate.commands.sandbox import serving
from tidegate.commands.sandbox.options import At, Faults, Port, Speed, time_of
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


def alpaca(  # noqa: PLR0913 - a command's options are its arguments
    *,
    port: Port = 4010,
    faults: Faults = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Decides prices, ids and chances.")] = 7,
    speed: Speed = 1.0,
    cash: Annotated[str, typer.Option("--cash", metavar="USD", help="What the account opens with.")] = "100000",
    at: At = None,
    follow: Follow = None,
    always_open: Annotated[bool, typer.Option("--always-open", help="The market knows no nights.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print addresses and keys as one line of JSON.")] = False,
) -> None:
    """Run an Alpaca of our own until it is stopped.

    One account, prices that walk or follow an engine, both streams, faults on demand (docs/sandbox.md).
    """
    with serving.extra():
        from tidegate.sandbox.alpaca import Plan, Sandbox, Settings  # noqa: PLC0415 - other commands start without a server
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
    serving.run(Sandbox(settings), port, _words, as_json=as_json)


def _words(box: "Sandbox") -> str:
    """What to paste where."""
    prices = MARKET if box.settings.follow is None else RECORDING
    return (WORDS + prices).format(**box.card())


def _usd(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(0)
    if not (amount.is_finite() and amount > 0):
        raise InputError(f'--cash is "{text}": it must be an amount above 0.')
    return amount
