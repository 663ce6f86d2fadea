"""Requests in, answers out: decoding, refusals as JSON, keys, limits and faults around every handler."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import msgspec
from aiohttp import web
from aiohttp.typedefs import Middleware

from tidegate.sandbox.alpaca.faults import change, remove
from tidegate.sandbox.alpaca.limits import date_header, headers
from tidegate.sandbox.alpaca.plan import (
    AnyFault,
    Drop,
    Failure,
    Occasion,
    RateLimit,
    RemoveFields,
    SetField,
    Slow,
    Text,
)
from tidegate.sandbox.alpaca.wire import Refusal, encode, invalid

if TYPE_CHECKING:
    from tidegate.sandbox.alpaca.sandbox import Sandbox

T = TypeVar("T")
Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]
OURS = "/sandbox"
DATA = "/v2/stocks"
STREAMS = frozenset({"/stream", "/v2/iex", "/v2/sip", "/v2/test"})


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """One request that was answered (status 0: its connection was cut)."""

    at: str
    method: str
    path: str
    status: int
    client_order_id: str


def routed(table: dict[str, Handler]) -> list[web.RouteDef]:
    """Routes from a table of "METHOD /path" to handlers."""
    return [web.route(key.split(" ")[0], key.split(" ")[1], handler) for key, handler in table.items()]


def answer(value: object, status: int = 200) -> web.Response:
    """JSON as the venue sends it."""
    return web.Response(body=encode(value), status=status, content_type="application/json", charset="utf-8")


def refused(refusal: Refusal) -> web.Response:
    """A refusal as an answer."""
    return answer(refusal.body, refusal.status)


async def body(request: web.Request, shape: type[T]) -> T:
    """The request's JSON as a value. Raises Refusal (422)."""
    try:
        return msgspec.json.decode(await request.read() or b"{}", type=shape, strict=False)
    except msgspec.ValidationError as error:
        raise invalid(str(error)) from None
    except msgspec.DecodeError:
        raise Refusal(400, 40010000, "request body format is invalid") from None


def query(request: web.Request, shape: type[T]) -> T:
    """The query as a value: numbers and booleans (True and true) from their strings. Raises Refusal (422)."""
    lower = {name: value.lower() if value in {"True", "False"} else value for name, value in request.query.items()}
    try:
        return msgspec.convert(lower, shape, strict=False)
    except msgspec.ValidationError as error:
        raise invalid(str(error)) from None


async def occasion(request: web.Request) -> Occasion:
    """What the fault plan gets to see of a request."""
    name = request.query.get("client_order_id", "")
    if request.method == "POST" and request.path == "/v2/orders":
        try:
            found = msgspec.json.decode(await request.read())
        except msgspec.DecodeError:
            found = None
        name = str(found.get("client_order_id", "")) if isinstance(found, dict) else ""
    return Occasion(where="http", method=request.method, path=request.path, client_order_id=name)


def around(box: "Sandbox") -> Middleware:
    """The middleware of every request."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(OURS):
            return await _ours(request, handler)
        if request.path in STREAMS:
            return await handler(request)
        what = await occasion(request)
        served = await _faulty(box, request, what, handler)
        cut = request.transport is None or request.transport.is_closing()
        box.served(what, 0 if cut else served.status)
        served.headers.setdefault("Date", date_header(box.seconds()))
        return served

    return middleware


async def _ours(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refusal as refusal:
        return refused(refusal)


async def _faulty(box: "Sandbox", request: web.Request, what: Occasion, handler: Handler) -> web.StreamResponse:
    faults = box.faults.pick(what)
    for fault in faults:
        if not getattr(fault, "late", False) and (early := await _struck(box, request, fault)) is not None:
            return early
    served: web.StreamResponse = await _venue(box, request, handler)
    for fault in faults:
        if getattr(fault, "late", False):
            served = await _struck(box, request, fault) or served
        elif isinstance(served, web.Response):
            served = _altered(served, fault)
    return served


async def _struck(box: "Sandbox", request: web.Request, fault: AnyFault) -> web.Response | None:
    match fault:
        case Slow():
            await asyncio.sleep(fault.seconds)
        case Drop():
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        case RateLimit():
            away = box.faults.left(fault) if fault.reset_s is None else fault.reset_s
            return limited(request, headers(200, 0, box.ahead(away) + 0.999))
        case Failure():
            return refused(Refusal(fault.status, fault.code, fault.message))
        case Text():
            return web.Response(status=fault.status, text=fault.text, content_type=fault.content_type)
    return None


def _altered(served: web.Response, fault: AnyFault) -> web.Response:
    if not isinstance(fault, SetField | RemoveFields) or not isinstance(served.body, bytes) or not served.body:
        return served
    document = msgspec.json.decode(served.body)
    if isinstance(fault, SetField):
        document = change(document, fault.field, fault.value)
    else:
        document = remove(document, fault.fields)
    altered = answer(document, served.status)
    altered.headers.update({name: value for name, value in served.headers.items() if name.startswith("X-")})
    return altered


def limited(request: web.Request, told: dict[str, str]) -> web.Response:
    """429: the data service's has no code."""
    data = request.path.startswith(DATA)
    served = refused(Refusal(429, None if data else 42910000, "too many requests." if data else "rate limit exceeded"))
    served.headers.update(told)
    return served


async def _venue(box: "Sandbox", request: web.Request, handler: Handler) -> web.StreamResponse:
    """The request as the venue takes it: keys, limit, work."""
    keys = request.headers.get("APCA-API-KEY-ID"), request.headers.get("APCA-API-SECRET-KEY")
    if not box.knows(*keys):
        return refused(Refusal(401, None, "unauthorized"))
    within, told = box.limits["data" if request.path.startswith(DATA) else "trading"].take()
    if not within:
        return limited(request, told)
    try:
        served = await handler(request)
    except Refusal as refusal:
        served = refused(refusal)
    except web.HTTPException as error:
        served = refused(Refusal(error.status, error.status * 100_000, "endpoint not found."))
    served.headers.update(told)
    return served
