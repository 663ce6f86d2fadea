"""What screens ask of the app."""

from textual.message import Message


class OpenTrace(Message):
    """Show the timeline of a trace."""

    def __init__(self, trace: str) -> None:
        super().__init__()
        self.trace = trace


class FindTrace(Message):
    """Look a text up as an id of any kind and show its trace."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Request(Message):
    """Leave a request for the engine."""

    def __init__(self, name: str, args: dict[str, str]) -> None:
        super().__init__()
        self.name = name
        self.args = args


class Say(Message):
    """Tell the person something in the footer."""

    def __init__(self, text: str, *, problem: bool = False) -> None:
        super().__init__()
        self.text = text
        self.problem = problem
