"""Requests in, answers out: decoding, refusals as JSON, keys, limits and faults around every handler."""

from typing import TypeVar

import msgspec
from aiohttp import web
from aiohttp.typedefs import Middleware

from tidegate.sandbox import answers
from tidegate.sandbox.alpaca.limits import headers
from tidegate.sandbox.alpaca.parts import Venue
from tidegate.sandbox.alpaca.plan import Failure, RateLimit
from tidegate.sandbox.alpaca.wire import invalid
from tidegate.sandbox.answers import Handler, Refusal, is_cut, refused, through
from tidegate.sandbox.plan import Fault, Occasion
from tidegate.sandbox.times import date_header

T = TypeVar("T")
DATA = "/v2/stocks"
STREAMS = frozenset({"/stream", "/v2/iex", "/v2/sip", "/v2/test"})


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


def around(venue: Venue) -> Middleware:
    """The middleware of every request."""

    async def serve(request: web.Request, handler: Handler) -> web.StreamResponse:
        what = await occasion(request)
        served = await _faulty(venue, request, what, handler)
        venue.served(what, 0 if is_cut(request) else served.status)
        served.headers.setdefault("Date", date_header(venue.header_time()))
        return served

    return answers.around(serve, STREAMS)


async def _faulty(venue: Venue, request: web.Request, what: Occasion, handler: Handler) -> web.StreamResponse:
    def strike(fault: Fault) -> web.Response | None:
        match fault:
            case RateLimit():
                away = venue.faults.left(fault) if fault.reset_s is None else fault.reset_s
                return limited(request, headers(200, 0, venue.ahead(away) + 0.999))
            case Failure():
                return refused(Refusal(fault.status, fault.code, fault.message))
        return None

    picked = venue.faults.pick(what)
    return await through(picked, request, serve=lambda: _answered(venue, request, handler), strike=strike)


def limited(request: web.Request, told: dict[str, str]) -> web.Response:
    """429: the data service's has no code."""
    data = request.path.startswith(DATA)
    served = refused(Refusal(429, None if data else 42910000, "too many requests." if data else "rate limit exceeded"))
    served.headers.update(told)
    return served


async def _answered(venue: Venue, request: web.Request, handler: Handler) -> web.StreamResponse:
    """The request as the venue takes it: keys, limit, work."""
    keys = request.headers.get("APCA-API-KEY-ID"), request.headers.get("APCA-API-SECRET-KEY")
    if not venue.knows(*keys):
        return refused(Refusal(401, None, "unauthorized"))
    within, told = venue.limits["data" if request.path.startswith(DATA) else "trading"].take()
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
