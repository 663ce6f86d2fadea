"""Requests in, answers out, as Unusual Whales does it: the token, the limits, the words of refusals, and faults."""

from aiohttp import web
from aiohttp.typedefs import Middleware

from tidegate.sandbox import answers
from tidegate.sandbox.answers import Handler, Json, answer, changed, is_cut, through
from tidegate.sandbox.plan import Fault, Occasion
from tidegate.sandbox.times import NANO, date_header
from tidegate.sandbox.unusual_whales.flow import PAGE
from tidegate.sandbox.unusual_whales.parts import Venue
from tidegate.sandbox.unusual_whales.plan import Empty, Failure, Malformed, RateLimit, Repeated
from tidegate.sandbox.unusual_whales.queries import BadInput

SOCKET = "/socket"
SPOILS: tuple[Json, ...] = (
    {"total_premium": "a lot", "premium": "a lot"},
    {"option_chain": None, "ticker": None, "date": None},
    {"end_time": "yesterday", "executed_at": "yesterday", "date": "2023-02-140"},
    {"total_premium": "-150000", "price": "NaN", "size": -1},
    {"ticker": 7, "option_chain": [], "total_premium": {}, "date": 3},
)


def around(venue: Venue) -> Middleware:
    """The middleware of every request."""

    async def serve(request: web.Request, handler: Handler) -> web.StreamResponse:
        PAGE.set([])
        served = await _faulty(venue, request, handler)
        venue.served(request, 0 if is_cut(request) else served.status)
        served.headers.setdefault("Date", date_header(venue.instant() / NANO))
        return served

    return answers.around(serve, {SOCKET})


async def _faulty(venue: Venue, request: web.Request, handler: Handler) -> web.StreamResponse:
    def strike(fault: Fault) -> web.Response | None:
        match fault:
            case RateLimit():
                away = venue.faults.left(fault) if fault.reset_s is None else fault.reset_s
                return limited(venue, reset_s=away, day=fault.day, retry_after=fault.retry_after)
            case Failure():
                return failed(venue, request, fault)
        return None

    picked = venue.faults.pick(Occasion(where="http", method=request.method, path=request.path))
    return await through(picked, request, serve=lambda: _service(venue, request, handler), strike=strike, alter=alter)


def limited(venue: Venue, *, reset_s: float | None = None, day: bool = False, retry_after: bool) -> web.Response:
    """429; what its body says is not documented."""
    told = venue.limits.headers(reset_s=reset_s, spent=day, full=True)
    if retry_after:
        told["Retry-After"] = str(-(-int(told["x-uw-req-per-minute-reset"]) // 1000))
    return _with(answer({"error": "Too Many Requests"}, 429), told)


def failed(venue: Venue, request: web.Request, fault: Failure) -> web.Response:
    """An error of the plan, in the form that its status has at the service."""
    told = {} if fault.status == 401 else venue.limits.headers()
    match fault.status:
        case 401:
            served = answer({"message": "Unauthorized"}, 401)
        case 422:
            served = unprocessable(request, fault.message)
        case 400 | 502:
            served = answer({"error": {"code": fault.code, "message": fault.message}}, fault.status)
        case status if status >= 500:
            served = web.Response(status=status, text=fault.message, content_type="text/plain")
        case status:
            served = answer({"code": fault.code, "message": fault.message}, status)
    return _with(served, told)


def unprocessable(request: web.Request, message: str) -> web.Response:
    """422 in the documented form."""
    body = {"msg": message, "path": request.path, "query": request.query_string, "url": str(request.url)}
    return answer(body, 422)


def alter(fault: Fault, document: object) -> object:
    """An answer's document as a fault changes it; what has no rows stays."""
    rows = document.get("data") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(rows, list):
        return changed(fault, document)
    match fault:
        case Empty():
            PAGE.set([])
            return {**document, "data": []}
        case Repeated():
            again = [[row] if number % fault.every else [row, row] for number, row in enumerate(rows, 1)]
            return {**document, "data": [row for each in again for row in each]}
        case Malformed():
            spoiled = [_spoiled(rows[number % len(rows)], number) for number in range(fault.rows)] if rows else []
            return {**document, "data": [*spoiled[::2], *rows, *spoiled[1::2]]}
    return changed(fault, document)


def _spoiled(row: object, number: int) -> object:
    spoil = SPOILS[number % len(SPOILS)]
    if not isinstance(row, dict):
        return None
    wrong = {name: value for name, value in spoil.items() if name in row}
    return {**row, **({"id": f"spoiled-{number}"} if "id" in row else {}), **wrong}


async def _service(venue: Venue, request: web.Request, handler: Handler) -> web.StreamResponse:
    """The request as the service takes it: token, limits, work."""
    if not venue.knows(request.headers.get("Authorization", "")):
        return answer({"message": "Unauthorized"}, 401)
    if not venue.limits.take():
        spent = venue.limits.per_day is not None and venue.limits.day_used >= venue.limits.per_day
        return limited(venue, day=spent, retry_after=venue.settings.retry_after)
    try:
        served = await handler(request)
    except BadInput as bad:
        served = unprocessable(request, str(bad))
    except web.HTTPException as error:
        served = answer({"message": "Not found" if error.status == 404 else error.reason}, error.status)
    return _with(served, venue.limits.headers())


def _with(served: web.StreamResponse, told: dict[str, str]) -> web.Response:
    assert isinstance(served, web.Response)
    served.headers.update(told)
    return served
