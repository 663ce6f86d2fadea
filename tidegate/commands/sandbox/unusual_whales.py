"""`tidegate sandbox uw`: an Unusual Whales to rehearse with."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from tidegate.commands.sandbox.options import At, Faults, time_of
from tidegate.core.errors import InputError

if TYPE_CHECKING:
    from tidegate.sandbox.unusual_whales import Sandbox as Whales

WHALE_WORDS = """\
Unusual Whales sandbox until Ctrl-C.

For the engine's shell:
export UW_API_TOKEN={token}

For its configuration:
[sources.unusual_whales]
enabled = true
base_url = "{url}"
socket_url = "{socket_url}"
"""
CLOCK = """
[engine]
clock = "{clock}"
"""


def uw(  # noqa: PLR0913 - a command's options are its arguments
    *,
    port: Annotated[int, typer.Option("--port", metavar="N", min=0, max=65535, help="0 takes any free one.")] = 4011,
    session: Annotated[
        str | None,
        typer.Option("--session", metavar="FILE", help='Alerts of a recording; "demo" is the bundled one.'),
    ] = None,
    alerts: Annotated[
        float, typer.Option("--alerts", metavar="N", min=0.0, help="Or so many a minute by seed.")
    ] = 30.0,
    faults: Faults = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Decides alerts, readings and chances.")] = 7,
    speed: Annotated[float, typer.Option("--speed", metavar="N", min=0.0, help="Sandbox seconds per second.")] = 1.0,
    at: At = None,
    clock: Annotated[str | None, typer.Option("--clock", metavar="CLOCK", help="An engine.clock to go by.")] = None,
    calls: Annotated[int, typer.Option("--calls", metavar="N", min=1, help="Calls a day.")] = 15_000,
    no_socket: Annotated[bool, typer.Option("--no-socket", help="A plan without the socket.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print addresses and token as one line of JSON.")] = False,
) -> None:
    """Run an Unusual Whales of our own until it is stopped.

    Flow alerts by REST and socket, readings, limits, faults on demand (docs/sandbox.md).
    """
    try:
        from tidegate.sandbox.runners import serve  # noqa: PLC0415 - other commands start without a server
        from tidegate.sandbox.unusual_whales import Plan, Sandbox, Settings  # noqa: PLC0415 - the same
    except ModuleNotFoundError as error:
        raise InputError(f"The sandbox needs {error.name}: install tidegate[sandbox].") from error
    settings = Settings(
        port=port,
        at=time_of(at),
        speed=speed,
        clock=clock,
        seed=seed,
        recording=session,
        per_minute=alerts,
        plan=Plan() if faults is None else Plan.read(faults),
        tier="basic" if no_socket else "advanced",
        calls_per_day=calls,
    )
    try:
        asyncio.run(serve(Sandbox(settings), lambda box: _tell(box, as_json=as_json)))
    except OSError as error:
        raise InputError(f"The sandbox cannot listen on port {port}: {error.strerror}.") from error


def _tell(box: "Whales", *, as_json: bool) -> None:
    card, made = box.card(), box.settings
    if as_json:
        typer.echo(msgspec.json.encode(card).decode())
        return
    rehearses = made.at is not None or made.recording is not None or made.clock is not None or made.speed != 1.0
    rehearses = rehearses and box.clock.speed > 0
    typer.echo(WHALE_WORDS.format(**card) + (CLOCK.format(**card) if rehearses else ""))
