"""What a handler of the fold is."""

from collections.abc import Callable
from typing import Any

from tidegate.core.domain.events import Recorded
from tidegate.core.domain.state import State

Apply = Callable[[State, Recorded, Any], None]  # applies one event of its kind to the state, in place
