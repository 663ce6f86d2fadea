"""What can be examined at Alpaca: endpoints, clock, account, permissions. Only GETs, and no stream is opened for good.

A second stream would end the first, and with it a running engine's; so streams are only knocked at.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from tidegate.core.errors import VenueError
from tidegate.core.plugins.bases import Plugin
from tidegate.core.redaction import redact
from tidegate.doctor.clock import hours, skew
from tidegate.doctor.drift import DATA_LOOKS, LOOKS, SNAPSHOTS, compare
from tidegate.doctor.rows import fail, ok, skip, warn
from tidegate.doctor.wire import Said, ask, knock
from tidegate.keys import secret
from tidegate.output.shapes import DiagnosisShape
from tidegate.running.arming import World, endpoints, world_of

HEADERS = ("APCA-API-KEY-ID", "APCA-API-SECRET-KEY")
BLOCKS = ("trading_blocked", "account_blocked", "trade_suspended_by_user")
ALLOWED = {
    401: "check the keys: they may be wrong, expired, or of the other environment (paper, live)",
    403: "check which account the keys belong to, and its permissions",
    404: "check the address: it must end before /v2",
    429: "wait a minute: the account's requests are used up, perhaps by an engine that runs",
}


def is_ours(plugin: Plugin) -> bool:
    """Whether a plugin talks to Alpaca."""
    return plugin.name.startswith("alpaca")


def examine(plugins: Sequence[Plugin]) -> Iterator[DiagnosisShape]:
    """Every row about Alpaca; none, and not one request, unless a plugin that talks to it is enabled."""
    asked = set()
    for plugin in filter(is_ours, plugins):
        headers = dict(zip(HEADERS, (secret(name) or "" for name in plugin.secrets()), strict=False))
        for name, url in endpoints(plugin).items():
            if (name, url) not in asked:
                asked.add((name, url))
                yield from _endpoint_rows(name, url.rstrip("/"), headers)


def _endpoint_rows(name: str, url: str, headers: dict[str, str]) -> Iterator[DiagnosisShape]:
    if name == "base_url":
        yield from _trading(url, headers)
    elif name == "data_url":
        yield from _data(url, headers)
    elif url.startswith("ws"):
        yield _stream(name.removesuffix("_url").replace("_", " "), url)


def _trading(url: str, headers: dict[str, str]) -> Iterator[DiagnosisShape]:
    row, said = _endpoint("trading endpoint", url, "/v2/account", headers)
    yield row
    account = said.json() if said is not None and said.status == 200 else None
    if not isinstance(account, dict):
        for name in ("clock", "calendar", "account", "permissions", "contract"):
            yield skip(name, "the account could not be read")
        return
    answers = {look.name: _get(url + look.path, headers) for look in LOOKS if look.name != "account"}
    answers["account"] = said
    told = _body(answers["clock"])
    yield skew(answers["clock"], told)
    yield hours(told)
    yield _account(account)
    yield _permissions(account, _get(url + "/v2/account/configurations", headers))
    for look in LOOKS:
        yield compare(look, _body(answers[look.name]))


def _data(url: str, headers: dict[str, str]) -> Iterator[DiagnosisShape]:
    row, said = _endpoint("data endpoint", url, SNAPSHOTS, headers)
    yield row
    if row.result != "ok":
        yield skip("contract: market data", "the market data could not be read")
        return
    for look in DATA_LOOKS:
        yield compare(look, _body(said if look.path == SNAPSHOTS else _get(url + look.path, headers)))


def _endpoint(name: str, url: str, path: str, headers: dict[str, str]) -> tuple[DiagnosisShape, Said | None]:
    place = f"{url}, {_kind(url)}"
    try:
        said = ask(url + path, headers)
    except VenueError as error:
        return fail(name, f"{place}: {error}", "check the address and your network"), None
    if said.status == 200:
        good = isinstance(said.json(), dict)
        nonsense = fail(name, f"{place}: answers, but not in JSON", "check the address: this is another service")
        return (ok(name, f"{place}: answers"), said) if good else (nonsense, said)
    words = _message(said)
    then = ALLOWED.get(said.status, "try again later" if said.status >= 500 else "check the address")
    result = warn if said.status == 429 or said.status >= 500 else fail
    return result(name, f"{place}: {said.status}{words}", then), said


def _kind(url: str) -> str:
    return {World.PAPER: "paper", World.LIVE: "LIVE, real money"}.get(
        world_of(url), "neither paper nor live by its name"
    )


def _message(said: Said) -> str:
    body = said.json()
    message = body.get("message") if isinstance(body, dict) else None
    return f" ({redact(message[:120])})" if isinstance(message, str) else ""


def _stream(name: str, url: str) -> DiagnosisShape:
    try:
        knock(url)
    except VenueError as error:
        return fail(name, f"{url}: {error}", "check the address and your network")
    return ok(name, f"{url}: reachable; not logged in, which could end a running engine's")


def _get(url: str, headers: dict[str, str]) -> Said | None:
    try:
        return ask(url, headers)
    except VenueError:
        return None


def _body(said: Said | None) -> Any:  # noqa: ANN401 - JSON
    return said.json() if said is not None and said.status == 200 else None


def _account(account: dict[str, Any]) -> DiagnosisShape:
    status, number = str(account.get("status", "unknown")), str(account.get("account_number", ""))
    blocked = [name for name in BLOCKS if account.get(name) is True]
    seen = ", ".join([f"the one that ends with {number[-4:]}", f"status {status}", *blocked])
    if status != "ACTIVE" or blocked:
        return fail("account", seen, "ask the broker on its dashboard; no order will be taken until then")
    return ok("account", seen)


def _permissions(account: dict[str, Any], said: Said | None) -> DiagnosisShape:
    body = _body(said)
    flags = body if isinstance(body, dict) else {}
    shorts = account.get("shorting_enabled") is True and flags.get("no_shorting") is not True
    parts: dict[str, object] = {
        "shorting": shorts,
        "fractional shares": flags.get("fractional_trading") if flags else None,
    }
    words: dict[object, str] = {True: "allowed", False: "not allowed"}
    seen = ", ".join(f"{name} {words.get(value, 'unknown')}" for name, value in parts.items())
    if flags.get("suspend_trade") is True:
        return fail("permissions", f"{seen}; trading is suspended", "lift it in the account's configuration")
    if not shorts:
        return warn("permissions", seen, "bearish signals will be refused: allow shorting, or do without them")
    return ok("permissions", seen)
