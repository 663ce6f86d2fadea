"""A service that is asked with one key over HTTP: GET requests, each in its turn, every failure in plain words.

Nothing is repeated here, and no error quotes an address or a header: the key is in one of them.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from tidegate import Priority, TransientError, VenueError, call_error, turnstile_for

if TYPE_CHECKING:
    import httpx

LOOK_S = 5.0  # asking an open circuit costs nothing, and another call may have closed it
WORDS = 200  # characters of the service's own message that are kept
Params = Mapping[str, str | list[str]]


class Service:
    """One service and one key."""

    def __init__(self, client: "httpx.AsyncClient", name: str, key: str, *, per_minute: float) -> None:
        self._client = client
        self.turnstile = turnstile_for(f"{name} ({client.base_url.netloc.decode()})", key, per_minute)

    async def ask(
        self, path: str, params: Params, *, priority: Priority = Priority.QUOTE, within_s: float | None = None
    ) -> "httpx.Response":
        """The answer, whatever its status. What it means for later calls, the caller says (`turnstile`, `failed`).

        Raises:
            TransientError: The service is left alone, or did not answer.
            LimitedError: The turn would come later than `within_s` seconds from now.
        """
        import httpx  # noqa: PLC0415 - only runs with a live source pay for it

        try:
            await self.turnstile.take(priority, within_s=within_s)
        except TransientError as error:
            raise TransientError(str(error), wait_s=min(LOOK_S, error.wait_s or 0.0)) from None
        try:
            return await self._client.get(path, params=params)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self.failed(f"no answer ({type(error).__name__})") from None

    def failed(self, reason: str, *, status: int | None = None, wait_s: float | None = None) -> VenueError:
        """The error of a call without a usable answer; a limit holds everybody but exits."""
        error = call_error(reason, method="GET", status=status, wait_s=wait_s)
        self.turnstile.failed(error, Priority.RECONCILE)
        return error


def said(answer: "httpx.Response") -> str:
    """An answer's status and message, shortened; pages and other texts are named by their type."""
    return f"HTTP {answer.status_code}: {message(answer)}"


def message(answer: "httpx.Response") -> str:
    """What the service says, wherever in an object it says it."""
    try:
        found: Any = msgspec.json.decode(answer.content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return f"no JSON ({answer.headers.get('content-type', 'no content type')})"
    for name in ("error", "message", "msg"):
        if isinstance(found, dict) and name in found:
            found = found[name]
    return found[:WORDS] if isinstance(found, str) else "no message"
