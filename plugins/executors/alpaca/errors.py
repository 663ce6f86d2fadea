"""What Alpaca's refusals mean: one table from (status, code, words of the message) to a sentence and a next action.

One code covers many causes, so a row matches status, code and words. The first row that matches counts; whatever no
row knows is a refusal in the venue's own words.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from tidegate import VenueError, call_error, may_pass, wait_asked

WORDS = 160  # characters of the venue's own message that are kept


class Outcome(StrEnum):
    """What an answer means for the request."""

    REJECTED = "rejected"
    DENIED = "denied"
    ARRIVED = "arrived"
    ABSENT = "absent"


class RejectedError(VenueError):
    """The venue refused for good: a plain sentence and what to do next, with the venue's code."""

    def __init__(self, reason: str, *, code: str) -> None:
        super().__init__(reason)
        self.code = code


class DeniedError(RejectedError):
    """The venue refused the keys or the account, whatever the request."""


class ArrivedError(VenueError):
    """The client order id is taken: an earlier attempt reached the venue."""


class AbsentError(VenueError):
    """The venue has no such thing."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An error answer, read as far as it can be: HTML and empty bodies have neither code nor message."""

    status: int
    headers: Mapping[str, str]
    code: int | None = None
    message: str = ""


class Row(msgspec.Struct, frozen=True):
    """One meaning. None and "" match everything; `words` are looked for in the message, in lower case."""

    status: int
    code: int | None
    words: str
    outcome: Outcome
    sentence: str
    action: str


NO = Outcome.REJECTED
TABLE = (
    Row(401, None, "", Outcome.DENIED, "Alpaca refused the keys",
        "check the key variables; paper keys work with the paper endpoint only"),
    Row(403, None, "forbidden", Outcome.DENIED, "Alpaca refused the keys for this",
        "check which account the keys belong to, and its permissions"),
    Row(403, None, "insufficient buying power", NO, "The account has too little buying power for this order",
        "free cash, or lower max_usd in [size]"),
    Row(403, None, "insufficient qty", NO, "The shares are not there, or another open order holds them",
        "wait until that order is canceled; compare the books with `tidegate reconcile`"),
    Row(403, None, "wash trade", NO, "An order on the other side of the same symbol is working",
        "let it fill or cancel it, then try again"),
    Row(403, None, "not fractionable", NO, "This share is traded in whole shares only",
        "set fractional = false in [size]"),
    Row(403, None, "not allowed to short", NO, "The account may not sell short",
        "allow shorting at Alpaca, or do without bearish signals"),
    Row(403, None, "sold short", NO, "This share cannot be sold short now",
        "nothing to do: the next signal is judged anew"),
    Row(403, None, "pattern day trading", NO, "Alpaca's day trading protection refused the order",
        "ask Alpaca: the rule should be gone"),
    Row(403, None, "uncovered", NO, "The account may not trade this uncovered", "check the account's permissions"),
    Row(403, None, "not allowed to trade", Outcome.DENIED, "The account may not trade",
        "ask Alpaca why, on its dashboard"),
    Row(403, None, "by user request", Outcome.DENIED, "Trading is suspended in the account's configuration",
        "lift the suspension there"),
    Row(403, None, "restricted", Outcome.DENIED, "The account is restricted", "ask Alpaca why, on its dashboard"),
    Row(403, None, "blocked", Outcome.DENIED, "The account is blocked", "ask Alpaca why, on its dashboard"),
    Row(403, None, "suspended", Outcome.DENIED, "Trading is suspended for this account",
        "lift the suspension in the account's configuration"),
    Row(404, None, "", Outcome.ABSENT, "Alpaca knows nothing of this", "compare the books with `tidegate reconcile`"),
    Row(422, 40010001, "client_order_id must be unique", Outcome.ARRIVED, "The order had already arrived", "none"),
    Row(422, None, "sub-penny", NO, "The price has more decimals than the exchange takes",
        "report it: prices are rounded here"),
    Row(422, None, "stop price must", NO, "The price has already passed the stop",
        "none: the position's own exits act on the next price"),
    Row(422, None, "position intent", NO, "The order would turn the position around instead of closing it",
        "compare the books with `tidegate reconcile`"),
    Row(422, None, "away from", NO, "The limit is too far from the market for Alpaca", "lower collar_pct in [orders]"),
    Row(422, None, "halt", NO, "Trading in this symbol is halted", "wait for it to resume; positions keep their exits"),
    Row(403, None, "halt", NO, "Trading in this symbol is halted", "wait for it to resume; positions keep their exits"),
    Row(422, None, "cannot be sold short", NO, "This share cannot be sold short now",
        "nothing to do: the next signal is judged anew"),
    Row(422, None, "not found", NO, "Alpaca does not trade this symbol", "nothing to do"),
    Row(422, None, "not active", NO, "This symbol is not traded now", "nothing to do: the next signal is judged anew"),
    Row(422, None, "not tradable", NO, "This symbol cannot be traded at Alpaca", "nothing to do"),
    Row(422, None, "is closed", NO, "The market is closed for this kind of order", "wait for the next session"),
    Row(422, None, "not allowed for account", NO, "The account may not trade this kind of asset",
        "check the account's permissions"),
)  # fmt: skip


def read(status: int, headers: Mapping[str, str], body: bytes) -> Answer:
    """An error answer. Nothing in it is needed: a body that is not a JSON object is an empty one."""
    try:
        said = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        said = None
    told = said if isinstance(said, dict) else {}
    code, message = told.get("code"), told.get("message")
    return Answer(
        status=status,
        headers=headers,
        code=code if isinstance(code, int) else None,
        message=" ".join(message.split())[:WORDS] if isinstance(message, str) else "",
    )


def error_of(method: str, answer: Answer, now: datetime) -> VenueError:
    """The error an answer means: what may pass and what is unsure as everywhere, the rest by the table."""
    if may_pass(answer.status):
        reason = f"Alpaca answered {answer.status}{said(answer)}"
        wait_s = wait_asked(answer.status, answer.headers, now)
        return call_error(reason, method=method, status=answer.status, wait_s=wait_s)
    row = next((row for row in TABLE if _matches(row, answer)), None)
    if row is None:
        return _unlisted(method, answer)
    reason = f"{row.sentence}{said(answer)}. Next: {row.action}."
    code = str(answer.code or answer.status)
    match row.outcome:
        case Outcome.REJECTED:
            return RejectedError(reason, code=code)
        case Outcome.DENIED:
            return DeniedError(reason, code=code)
        case Outcome.ARRIVED:
            return ArrivedError(reason)
        case Outcome.ABSENT:
            return AbsentError(reason)


def said(answer: Answer) -> str:
    """The venue's own words, in brackets; nothing when it had none."""
    return f" ({answer.message})" if answer.message else ""


def _unlisted(method: str, answer: Answer) -> VenueError:
    """A refusal in the venue's own words; an answer that is no refusal (a redirect) leaves a POST's fate open."""
    if answer.status < 400:
        return call_error(f"Alpaca answered {answer.status}, which is no answer to this", method=method)
    words = answer.message or f"status {answer.status}"
    return RejectedError(
        f"Alpaca refused: {words}. Next: see the venue's message.", code=str(answer.code or answer.status)
    )


def _matches(row: Row, answer: Answer) -> bool:
    known = row.status == answer.status and row.code in (None, answer.code)
    return known and row.words in answer.message.lower()
