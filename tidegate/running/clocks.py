"""Which clock a live run follows: the machine's, or a rehearsal's."""

from asyncio import AbstractEventLoop
from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit

from tidegate.core.clock import Clock, RehearsalClock, WallClock
from tidegate.core.configuration.config import Config
from tidegate.core.errors import ConfigError
from tidegate.core.plugins.host import Host
from tidegate.core.rehearsal_loop import hurried

Loops = Callable[[], AbstractEventLoop]
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def clock_of(config: Config, host: Host) -> Clock:
    """The machine's clock, or the one that engine.clock describes, where only this machine is talked to.

    Raises:
        ConfigError: engine.clock cannot be read, some plugin's address is not on the loopback, or the mode is live.
    """
    text = config.engine.clock
    if not text:
        return WallClock()
    try:
        clock = RehearsalClock.parse(text)
    except ValueError as error:
        raise ConfigError(f"engine.clock: {error}") from error
    away = [
        f"engine.clock is for rehearsals on this machine, but {key}.{name} is {value}"
        for key, name, value in host.addresses()
        if urlsplit(value).hostname not in LOOPBACK
    ]
    if config.mode == "live":
        away.append("engine.clock is for rehearsals, never for live trading")
    if away:
        raise ConfigError(*away)
    return clock


def loop_factory(config: Config) -> Loops | None:
    """What makes the event loop of a rehearsal; None for the ordinary one."""
    if not config.engine.clock:
        return None
    return partial(hurried, RehearsalClock.parse(config.engine.clock))
