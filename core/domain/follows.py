"""What follows from an event: decisions with their traces, and effects."""

from collections.abc import Callable, Iterable
from typing import Any

from tidegate.core.domain import events as e
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.state import State

Traced = tuple[str, e.Event]  # an event with its trace
Follows = tuple[list[Traced], list[e.Effect]]
Step = Callable[[State, e.Recorded, Any, Rules], Follows]
NOTHING: Follows = ([], [])


def answer(request: int, text: str, *, ok: bool = True) -> list[e.Effect]:
    """The answer to a request; a recorded operator (0) waits for none."""
    return [e.Answer(request=request, ok=ok, text=text)] if request > 0 else []


def refused(event: e.RequestReceived, text: str) -> Follows:
    """Nothing but a refusal."""
    return [], answer(event.id, text, ok=False)


def untraced(decisions: Iterable[e.Decision]) -> list[Traced]:
    """Decisions that belong to no alert."""
    return [("", each) for each in decisions]
