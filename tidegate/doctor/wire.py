"""One question over HTTP, answered or given up in bounded time. Redirects are not followed: keys travel in headers."""

import socket
import ssl
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeVar
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import msgspec

from tidegate.core.errors import VenueError

T = TypeVar("T")

SOCKET_S = 5.0
DEADLINE_S = 10.0  # for the whole answer: a server may send a byte every few seconds
LARGEST = 5_000_000  # bytes


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """An answer, whatever its status; `at` is half way between asking and hearing. Names of headers are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes
    at: datetime

    def json(self) -> Any:  # noqa: ANN401 - whatever the server sent
        """The body; None when it is no JSON."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def ask(url: str, headers: Mapping[str, str], *, deadline_s: float = DEADLINE_S) -> Said:
    """GET an address. Raises VenueError in plain words when there is no answer."""
    return _bounded(lambda: _ask(url, headers), deadline_s)


def knock(url: str, *, deadline_s: float = DEADLINE_S) -> None:
    """Connect to an address, with TLS where it asks for it, and hang up. Raises VenueError in plain words."""
    _bounded(lambda: _knock(url), deadline_s)


def _bounded(work: Callable[[], T], deadline_s: float) -> T:
    """Run on a thread that nobody waits for when it does not come back."""
    answers: SimpleQueue[T | Exception] = SimpleQueue()

    def run() -> None:
        try:
            answers.put(work())
        except Exception as error:  # noqa: BLE001 - it is told where it was asked
            answers.put(error)

    Thread(target=run, daemon=True).start()
    try:
        found = answers.get(timeout=deadline_s)
    except Empty:
        raise VenueError(f"no whole answer within {deadline_s:g} s") from None
    if isinstance(found, Exception):
        raise VenueError(_words(found)) from None
    return found


def _ask(url: str, headers: Mapping[str, str]) -> Said:
    if urlsplit(url).scheme not in ("http", "https"):
        raise VenueError("it is no http or https address")
    begun = datetime.now(UTC)
    request = Request(url, headers=dict(headers))  # noqa: S310 - the scheme was checked above
    try:
        answer = build_opener(_Stay).open(request, timeout=SOCKET_S)
    except HTTPError as error:  # a status from 300 on, which is an answer too
        answer = error
    with answer:
        heard = datetime.now(UTC)
        told = {name.lower(): value for name, value in answer.headers.items()}
        return Said(status=answer.status, headers=told, body=answer.read(LARGEST), at=begun + (heard - begun) / 2)


def _knock(url: str) -> None:
    parts = urlsplit(url)
    safe = parts.scheme in ("https", "wss")
    host, port = parts.hostname or "", parts.port or (443 if safe else 80)
    with socket.create_connection((host, port), timeout=SOCKET_S) as plain:
        if safe:
            with ssl.create_default_context().wrap_socket(plain, server_hostname=host):
                return


def _words(error: Exception) -> str:
    """What went wrong, without quoting the request."""
    cause = error.reason if isinstance(error, URLError) else error
    match cause:
        case VenueError():
            return str(cause)
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted ({cause.verify_message})"
        case TimeoutError():
            return f"no answer within {SOCKET_S:g} s"
        case socket.gaierror():
            return "its name cannot be resolved"
        case OSError():
            return cause.strerror or type(cause).__name__
    return type(error).__name__
