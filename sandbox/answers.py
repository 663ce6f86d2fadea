"""Requests in, answers out: refusals as JSON, and faults around every handler."""

import asyncio
from collections.abc import Awaitable, Callable, Container, Sequence
from functools import partial
from typing import TypeAlias

import msgspec
from aiohttp import web
from aiohttp.typedefs import Middleware

from tidegate.sandbox.faults import change, remove
from tidegate.sandbox.plan import Drop, Fault, RemoveFields, SetField, Slow, Text

Json: TypeAlias = dict[str, object]
Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]
Service: TypeAlias = Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]
OURS = "/sandbox"


class Refusal(Exception):  # noqa: N818 - an answer of the venue, not a failure of ours
    """A request the venue does not carry out: HTTP status, code (None: the body has none), message, and more fields."""

    def __init__(self, status: int, code: int | None, message: str, **more: object) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {**({} if code is None else {"code": code}), "message": message, **more}


def routed(table: dict[str, Handler]) -> list[web.RouteDef]:
    """Routes from a table of "METHOD /path" to handlers."""
    return [web.route(key.split(" ")[0], key.split(" ")[1], handler) for key, handler in table.items()]


def answer(value: object, status: int = 200) -> web.Response:
    """JSON as venues send it."""
    return web.Response(body=encode(value), status=status, content_type="application/json", charset="utf-8")


def refused(refusal: Refusal) -> web.Response:
    """A refusal as an answer."""
    return answer(refusal.body, refusal.status)


def around(serve: Service, streams: Container[str]) -> Middleware:
    """The middleware of every request: `serve` takes those of the venue; the driver's and streams go past it."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(OURS):
            return await _ours(request, handler)
        return await (handler(request) if request.path in streams else serve(request, handler))

    return middleware


def changed(fault: Fault, document: object) -> object:
    """An answer's document as a fault changes it."""
    match fault:
        case SetField():
            return change(document, fault.field, fault.value)
        case RemoveFields():
            return remove(document, fault.fields)
    return document


async def through(
    faults: Sequence[Fault],
    request: web.Request,
    *,
    serve: Callable[[], Awaitable[web.StreamResponse]],
    strike: Callable[[Fault], web.Response | None],
    alter: Callable[[Fault, object], object] = changed,
) -> web.StreamResponse:
    """The answer that `serve` gives, through the faults that strike it.

    `strike` gives the answers of a venue's own faults, `alter` changes a document.
    """
    for fault in faults:
        if not getattr(fault, "late", False) and (early := await _struck(request, fault, strike)) is not None:
            return early
    served: web.StreamResponse = await serve()
    for fault in faults:
        if getattr(fault, "late", False):
            served = await _struck(request, fault, strike) or served
        elif fault.alters and isinstance(served, web.Response):
            served = _altered(served, partial(alter, fault))
    return served


def is_cut(request: web.Request) -> bool:
    """Whether the connection is gone, and the answer with it."""
    return request.transport is None or request.transport.is_closing()


def encode(value: object) -> bytes:
    """One JSON document."""
    return msgspec.json.encode(value)


async def _ours(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A path of the driver's: no key, no limit, no fault."""
    try:
        return await handler(request)
    except Refusal as refusal:
        return refused(refusal)


async def _struck(
    request: web.Request, fault: Fault, strike: Callable[[Fault], web.Response | None]
) -> web.Response | None:
    match fault:
        case Slow():
            await asyncio.sleep(fault.seconds)
        case Drop():
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        case Text():
            return web.Response(status=fault.status, text=fault.text, content_type=fault.content_type)
        case _:
            return strike(fault)
    return None


def _altered(served: web.Response, alter: Callable[[object], object]) -> web.Response:
    if not isinstance(served.body, bytes) or not served.body:
        return served
    fresh = answer(alter(msgspec.json.decode(served.body)), served.status)
    fresh.headers.update({name: value for name, value in served.headers.items() if name.lower().startswith("x-")})
    return fresh
