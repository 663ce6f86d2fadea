"""What screens ask of the app."""

from textual.message import Message


class Shown(Message):
    """A screen came to the top and wants to be drawn."""


class OpenTrace(Message):
    """Show the timeline of a trace."""

    def __init__(self, trace: str) -> None:
        super().__init__()
        self.trace = trace


class OpenCell(Message):
    """List what moved a cell of a learner."""

    def __init__(self, learner: str, cell: str) -> None:
        super().__init__()
        self.learner = learner
        self.cell = cell


class FindTrace(Message):
    """Look a text up as an id of any kind and show its trace."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Examine(Message):
    """Have the health report made; `anew` even when the last one is fresh."""

    def __init__(self, *, anew: bool = False) -> None:
        super().__init__()
        self.anew = anew


class Request(Message):
    """Leave a request for the engine."""

    def __init__(self, name: str, args: dict[str, str]) -> None:
        super().__init__()
        self.name = name
        self.args = args
