"""PAPER or LIVE: a start is refused unless configuration, command line, endpoints, keys and account all agree.

Everything here happens before the executor is opened, and the account is asked last, so nothing is sent that trades.
"""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from enum import StrEnum
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import urlsplit

import msgspec

from tidegate.core.domain.events import EngineStarted
from tidegate.core.errors import RefusedError
from tidegate.core.journaling.reader import Reader
from tidegate.core.plugins.bases import Executor, Plugin, Source
from tidegate.core.redaction import redact
from tidegate.folders import has_journal
from tidegate.keys import remember_environment, secret
from tidegate.running.setup import Setup

ASK_S = 30.0
BROKER = ".alpaca.markets"


class World(StrEnum):
    """Whose money an address or a key moves."""

    PAPER = "paper"
    LIVE = "live"
    NEITHER = "neither"  # market data, a test server, or nothing that we can tell


KEYS = {"PK": World.PAPER, "AK": World.LIVE}


class Found(Protocol):
    """What is checked of a host: its plugins."""

    def executor(self) -> Executor:
        """The one enabled executor."""

    def sources(self) -> tuple[tuple[str, Source], ...]:
        """The enabled sources."""


def check(setup: Setup, *, live: str | None) -> None:
    """Refuse a start on which not everything agrees; `live` is the account that --live names.

    Raises:
        RefusedError: With every disagreement, one sentence a line.
    """
    remember_environment()
    said = [*disagreements(setup.mode, setup.host, live=live), *missing(setup.host), *_other_book(setup)]
    if not said and setup.mode == World.LIVE:
        said = [*_other_account(setup.host.executor(), live or "")]
    if said:
        raise RefusedError("\n".join(said))


def disagreements(mode: str, host: Found, *, live: str | None) -> Iterator[str]:
    """Each as a sentence that says what to do; nothing is asked of anybody, and no key is shown."""
    executor, real = host.executor(), mode == World.LIVE
    if real and live is None:
        yield 'mode is "live": name the account as well, with --live ACCOUNT_ID, or set mode = "paper".'
    if live is not None and not real:
        yield f'--live is given, but this is a {mode} run: set mode = "live" in your config.toml, or leave --live away.'
    if real and executor.simulated:
        yield f"mode is live, but {executor.key()} only simulates: enable a real venue, such as executors.alpaca."
    if real:
        yield from _recordings(host)
    yield from _endpoints(executor, live=real)
    for plugin in talkers(host):
        yield from _open_text(plugin)
    yield from _keys(executor, live=real)


def missing(host: Found) -> Iterator[str]:
    """Each key that a plugin needs and nobody has given."""
    for plugin in talkers(host):
        for name in plugin.secrets():
            if secret(name) is None:
                yield f"{plugin.key()} needs {name}: set it in the environment or the keyring (docs/security.md)."


def talkers(host: Found) -> list[Plugin]:
    """The plugins that may talk to somebody outside: the executor and the sources."""
    return [host.executor(), *(source for _, source in host.sources())]


def world_of(url: str) -> World:
    """Whose money an address moves: the broker's paper host, its live one, or neither."""
    host = urlsplit(url).hostname or ""
    if "paper-api" in host:
        return World.PAPER
    return World.LIVE if host == f"api{BROKER}" or host.startswith("live-api") else World.NEITHER


def endpoints(plugin: Plugin) -> dict[str, str]:
    """The addresses among a plugin's settings: those whose names end with _url."""
    settings = msgspec.structs.asdict(plugin)
    return {name: str(value) for name, value in settings.items() if name.endswith("_url") and value}


def is_loopback(url: str) -> bool:
    """Whether an address never leaves this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _recordings(host: Found) -> Iterator[str]:
    for key, source in host.sources():
        if source.recorded:
            yield f"mode is live, but {key} replays a recording: real money never follows one; switch it off."


def _endpoints(executor: Executor, *, live: bool) -> Iterator[str]:
    wrong, word = (World.PAPER, "paper money") if live else (World.LIVE, "real money")
    for name, url in endpoints(executor).items():
        if world_of(url) is wrong:
            yield (
                f"{executor.key()}.{name} is {_plain(url)}, which is for {word}, but this is no {wrong} run: "
                f"{'give the live address' if live else 'give the paper address (https://paper-api...)'}."
            )
    if getattr(executor, "paper", not live) is live:
        yield f"{executor.key()}.paper is {str(live).lower()}, but this is {'a live' if live else 'no live'} run."


def _open_text(plugin: Plugin) -> Iterator[str]:
    for name, url in endpoints(plugin).items():
        if urlsplit(url).scheme in ("http", "ws") and not is_loopback(url):
            yield f"{plugin.key()}.{name} is {_plain(url)}, where keys would travel readable: use https (or wss)."


def _keys(executor: Executor, *, live: bool) -> Iterator[str]:
    """Keys that trade the other kind of account; market data takes either."""
    name, world = key_of(executor)
    if world not in (World.NEITHER, World.LIVE if live else World.PAPER):
        yield (
            f"{name} is a {world} key, but this is {'a live' if live else 'no live'} run: "
            f"use the key of your {'live' if live else 'paper'} account."
        )


def key_of(plugin: Plugin) -> tuple[str, World]:
    """The name of a plugin's key id, the first of its secrets, and the account it is for by its first two letters."""
    name = next(iter(plugin.secrets()), "")
    return name, KEYS.get((secret(name) or "")[:2], World.NEITHER) if name else World.NEITHER


def _other_book(setup: Setup) -> Iterator[str]:
    """A journal is one account's: what another mode wrote in it would be taken for positions of this one."""
    if not has_journal(setup.folder):
        return
    with closing(Reader.open(setup.folder)) as journal:
        first = journal.events(kinds=("EngineStarted",), limit=1)
    for each in first:
        if isinstance(each.event, EngineStarted) and each.event.mode != setup.mode:
            yield (
                f"{setup.folder} holds a journal of mode {each.event.mode}, but this is a {setup.mode} run: "
                "give it another --state-dir."
            )


def _other_account(executor: Executor, live: str) -> Iterator[str]:
    try:
        found = asyncio.run(asyncio.wait_for(executor.identity(), ASK_S))
    except TimeoutError:
        yield f"{executor.key()} did not say within {ASK_S:.0f} s whose account it is: try again later."
        return
    except Exception as error:  # noqa: BLE001 - whatever went wrong, nobody knows whose money it is
        yield f"{executor.key()} could not say whose account it is: {type(error).__name__}: {redact(str(error))}"
        return
    if found is None:
        yield f"{executor.key()} cannot say whose account it trades, so it cannot trade a live one."
    elif live not in (found.account_id, found.account_number):
        yield f"--live names {live}, but these keys trade another account (it ends with {found.account_number[-4:]})."
    elif found.paper:
        yield f'--live names {live}, which is a paper account: set mode = "paper" and leave --live away.'


def _plain(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}"
