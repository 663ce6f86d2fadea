"""`tidegate sandbox uw`: an Unusual Whales to rehearse with."""

from typing import TYPE_CHECKING, Annotated

import typer

from tidegate.commands.sandbox import serving
from tidegate.commands.sandbox.options import At, Faults, Port, Speed, time_of

if TYPE_CHECKING:
    from tidegate.sandbox.unusual_whales import Sandbox

WORDS = """\
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
    port: Port = 4011,
    session: Annotated[
        str | None,
        typer.Option("--session", metavar="FILE", help='Alerts of a recording; "demo" is the bundled one.'),
    ] = None,
    alerts: Annotated[
        float, typer.Option("--alerts", metavar="N", min=0.0, help="Or so many a minute by seed.")
    ] = 30.0,
    faults: Faults = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Decides alerts, readings and chances.")] = 7,
    speed: Speed = 1.0,
    at: At = None,
    clock: Annotated[str | None, typer.Option("--clock", metavar="CLOCK", help="An engine.clock to go by.")] = None,
    calls: Annotated[int, typer.Option("--calls", metavar="N", min=1, help="Calls a day.")] = 15_000,
    no_socket: Annotated[bool, typer.Option("--no-socket", help="A plan without the socket.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print addresses and token as one line of JSON.")] = False,
) -> None:
    """Run an Unusual Whales of our own until it is stopped.

    Flow alerts by REST and socket, readings, limits, faults on demand (docs/sandbox.md).
    """
    with serving.extra():
        from tidegate.sandbox.unusual_whales import (  # noqa: PLC0415 - other commands start without a server
            Plan,
            Sandbox,
            Settings,
        )
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
    serving.run(Sandbox(settings), port, _words, as_json=as_json)


def _words(box: "Sandbox") -> str:
    """What to paste where; a sandbox in another time names an engine's clock."""
    made = box.settings
    rehearses = made.at is not None or made.recording is not None or made.clock is not None or made.speed != 1.0
    rehearses = rehearses and box.clock.speed > 0
    return (WORDS + (CLOCK if rehearses else "")).format(**box.card())
