"""Effects: what the loop performs after the commit. They are not journaled; what they bring comes back as facts."""

from datetime import date

import msgspec

from tidegate.core.domain.orders import Order


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """Something to do at the edge."""


class Submit(Effect, frozen=True, kw_only=True):
    """Send an order to the venue."""

    order: Order


class Find(Effect, frozen=True, kw_only=True):
    """Ask the venue what became of an order."""

    order: Order


class Cancel(Effect, frozen=True, kw_only=True):
    """Ask the venue to cancel an order."""

    order: Order


class AskAccount(Effect, frozen=True, kw_only=True):
    """Ask the venue for the account."""


class AskBroker(Effect, frozen=True, kw_only=True):
    """Ask the venue for its whole book, to reconcile."""


class Answer(Effect, frozen=True, kw_only=True):
    """Answer a request of a person."""

    request: int
    ok: bool
    text: str


class ApplyToggle(Effect, frozen=True, kw_only=True):
    """Load or leave a plugin and remember it in the overlay file."""

    plugin: str
    enabled: bool


class TakeSeal(Effect, frozen=True, kw_only=True):
    """Read what runs and seal it."""

    request: int
    reason: str
    who: str
    until: date | None


class Stop(Effect, frozen=True, kw_only=True):
    """End the run cleanly."""

    reason: str
