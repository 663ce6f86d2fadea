"""What must never be written down: secret values that this process knows, and headers that carry one.

Light and pure apart from one set of values, so that the journal, the loop and the command line can all afford it.
"""

import re
from typing import TypeVar
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

F = TypeVar("F", bound=Struct)

HIDDEN = "[hidden]"
SHORTEST = 8  # characters; hiding shorter values would tear holes into ordinary text
_NAMES = (
    r"apca[-_]api[-_](?:key[-_]id|secret[-_]key)|(?:proxy-)?authorization|x-api-key|"
    r"secret[-_]?key|key_id|api[-_]?key|(?:access|api|auth)[-_]?token|uw_api_token|password"
)
_BETWEEN = r"""["']?\s*[:=]\s*b?["']?|["']\s*,\s*b?["']"""  # as in headers, JSON, and the repr of either
_CARRIERS = re.compile(rf"""(?i)\b({_NAMES})({_BETWEEN})((?:bearer|basic|token)\s+)?[^\s"'`,;&)}}\]]{{{SHORTEST},}}""")
_known: set[str] = set()
_told: tuple[str, ...] = ()  # the same, longest first, so that no value is cut by one inside it


def remember(*values: str) -> None:
    """Hide these values from now on, as they are and as they look inside a URL."""
    global _told  # noqa: PLW0603 - one process has one set of secrets
    new = {form for value in values if len(value) >= SHORTEST for form in (value, quote(value, safe=""))} - _known
    if new:
        _known.update(new)
        _told = tuple(sorted(_known, key=len, reverse=True))


def hide(text: str) -> str:
    """The text without any remembered value; cheap enough for every row of the journal."""
    for value in _told:
        if value in text:
            text = text.replace(value, HIDDEN)
    return text


def redact(text: str) -> str:
    """The text without any remembered value and without the value of anything that looks like a key's header."""
    return _CARRIERS.sub(rf"\1\2\3{HIDDEN}", hide(text))


def scrubbed(fact: F) -> F:
    """The same fact with its reason redacted: reasons quote exceptions, and exceptions quote anything."""
    reason = getattr(fact, "reason", None)
    if not isinstance(reason, str):
        return fact
    clean = redact(reason)
    return fact if clean == reason else replace(fact, reason=clean)
