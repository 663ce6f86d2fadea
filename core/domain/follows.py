"""What follows from an event: decisions with their traces, and effects."""

from collections.abc import Callable
from typing import Any

from core.domain import events as e
from core.domain.queueing import Traced
from core.domain.rules import Rules
from core.domain.state import State

Follows = tuple[list[Traced], list[e.Effect]]
Step = Callable[[State, e.Recorded, Any, Rules], Follows]
NOTHING: Follows = ([], [])
