"""Requests through alpaca-py, on whatever thread calls: one client per thread, a timeout on every request, no retries.

alpaca-py's `RESTClient` is the part of it that talks: keys, session, errors. Its trading client on top would bring
pandas and a deprecated websocket library into the engine, and models that fail whole lists (docs/decisions/0008).
"""

from collections.abc import Callable, Mapping
from functools import partial
from threading import local
from typing import Any, Literal

import msgspec

from tidegate import VenueError, call_error, present_time
from tidegate.plugins.executors.alpaca.errors import error_of, read

Method = Literal["GET", "POST", "DELETE"]
UNSENT = {"ConnectTimeout", "ConnectTimeoutError", "NewConnectionError", "NameResolutionError"}


class Reply(msgspec.Struct, frozen=True):
    """A good answer: its headers, by lower-case names, and its JSON."""

    headers: Mapping[str, str]
    body: Any


class Client:
    """One account's requests."""

    def __init__(self, *, base_url: str, keys: tuple[str, str], timeout_s: float) -> None:
        self._base_url, self._keys, self._timeout_s = base_url.rstrip("/"), keys, timeout_s
        self._mine = local()

    def warm(self) -> None:
        """Import the library; raises ImportError."""
        self._request_of_this_thread()

    def request(self, method: Method, path: str, data: Mapping[str, str] | None) -> Reply:
        """One request, blocking. Raises VenueError and its kinds, whose texts hold no secret."""
        request = self._request_of_this_thread()
        self._mine.answer = None
        try:
            body = request(method, path, dict(data) if data else None)
        except Exception as error:  # noqa: BLE001 - whatever the library raises may quote headers: it ends here
            raise self._meaning(method, error) from None
        return Reply({name.lower(): text for name, text in self._mine.answer.headers.items()}, body)

    def _request_of_this_thread(self) -> Callable[..., Any]:
        """alpaca-py's own request, behind get, post and delete, in a session that nobody else uses."""
        request: Callable[..., Any] | None = getattr(self._mine, "request", None)
        if request is None:
            from alpaca.common.rest import RESTClient  # noqa: PLC0415 - only runs that trade at Alpaca load it

            client = RESTClient(self._base_url, *self._keys, raw_data=True)
            client._retry = 0  # noqa: SLF001 - the constructor takes 0 for its default, and it repeats POST on 504
            session = client._session  # noqa: SLF001 - there is no other way to a timeout
            session.request = partial(self._keep_answer, session.request)  # type: ignore[method-assign] # as above
            request = self._mine.request = client._request  # noqa: SLF001 - get, post, delete differ in nothing else
        return request

    def _keep_answer(self, request: Callable[..., Any], *args: object, **options: object) -> Any:  # noqa: ANN401 - theirs
        self._mine.answer = request(*args, timeout=(self._timeout_s, self._timeout_s), **options)
        return self._mine.answer

    def _meaning(self, method: Method, error: Exception) -> VenueError:
        response = self._mine.answer
        if response is None:
            chain = _chain(error)
            sent = not {type(each).__name__ for each in chain} & UNSENT
            return call_error(f"Alpaca did not answer: {_cause(chain)}", method=method, sent=sent)
        if response.status_code < 300:
            return call_error("Alpaca's answer is no JSON", method=method)
        answer = read(response.status_code, response.headers, response.content)
        return error_of(method, answer, present_time())


def _cause(chain: list[BaseException]) -> str:
    """A network error in words that quote nothing."""
    named = next((each.strerror for each in chain if isinstance(each, OSError) and each.strerror), None)
    return named or type(chain[-1]).__name__


def _chain(error: BaseException) -> list[BaseException]:
    """An error and what caused it, outermost first; urllib3 keeps its reason in an attribute or an argument."""
    found: list[BaseException] = []
    queue: list[object] = [error]
    while queue:
        each = queue.pop(0)
        if isinstance(each, BaseException) and each not in found:
            found.append(each)
            queue += [getattr(each, "reason", None), each.__cause__, each.__context__, *each.args]
    return found
