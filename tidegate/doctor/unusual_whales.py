"""What can be examined at Unusual Whales with one question: address, token, plan, quota, and the fields of a row."""

from collections.abc import Iterator, Sequence

from tidegate.core.errors import VenueError
from tidegate.core.plugins.bases import Plugin
from tidegate.doctor.drift import compare, look
from tidegate.doctor.rows import fail, ok, skip, warn
from tidegate.doctor.wire import Said, ask, knock
from tidegate.keys import secret
from tidegate.output.shapes import DiagnosisShape
from tidegate.running.arming import endpoints

NAME = "unusual_whales"
CLIENT = {"UW-CLIENT-API-ID": "100001", "Accept": "application/json"}
ALERTS = look(
    "flow alerts",
    "/api/option-trades/flow-alerts?limit=1",
    "id ticker option_chain total_premium end_time",
    "created_at start_time total_ask_side_prem total_bid_side_prem underlying_price price total_size volume "
    "open_interest has_multileg has_sweep has_floor alert_rule sector",
    inside="data",
)
THEN = {
    401: "check the token: it may be wrong or lapsed",
    403: "the token's plan does not include flow alerts",
    404: "check the address: it must end before /api",
    429: "wait: the token's calls of this minute or day are used up",
}
SCARCE = 0.9  # of the day's calls


def is_ours(plugin: Plugin) -> bool:
    """Whether a plugin talks to Unusual Whales."""
    return plugin.name == NAME


def examine(plugins: Sequence[Plugin]) -> Iterator[DiagnosisShape]:
    """Every row about Unusual Whales; none, and not one request, unless its source is enabled."""
    for plugin in filter(is_ours, plugins):
        places = endpoints(plugin)
        token = secret(plugin.secrets()[0]) or ""
        yield from _rest(places["base_url"].rstrip("/"), token)
        if getattr(plugin, "socket", False):
            yield _socket(places["socket_url"])


def _rest(url: str, token: str) -> Iterator[DiagnosisShape]:
    try:
        said = ask(url + ALERTS.path, {**CLIENT, "Authorization": f"Bearer {token}"})
    except VenueError as error:
        yield fail("alerts endpoint", f"{url}: {error}", "check the address and your network")
        return
    if said.status != 200:
        result = warn if said.status == 429 or said.status >= 500 else fail
        yield result("alerts endpoint", f"{url}: {said.status}", THEN.get(said.status, "try again later"))
        return
    yield ok("alerts endpoint", f"{url}: answers")
    yield _quota(said)
    yield compare(ALERTS, said.json())


def _quota(said: Said) -> DiagnosisShape:
    used, limit = (said.headers.get(name, "") for name in ("x-uw-daily-req-count", "x-uw-token-req-limit"))
    if not (used.isdecimal() and limit.isdecimal()):
        return skip("alerts quota", "the service does not say what is used")
    seen = f"{int(used):,} of {int(limit):,} calls of the day are used; it begins anew at 20:00 New York"
    scarce = 0 < int(limit) * SCARCE <= int(used)
    return (
        warn("alerts quota", seen, "poll less: tidegate quota shows what is asked")
        if scarce
        else ok("alerts quota", seen)
    )


def _socket(url: str) -> DiagnosisShape:
    try:
        knock(url)
    except VenueError as error:
        return fail("alerts socket", f"{url}: {error}", "check the address, or set socket = false")
    return ok("alerts socket", f"{url}: is there; whether the plan includes it shows when it is opened")
