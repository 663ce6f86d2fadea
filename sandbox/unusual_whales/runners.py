"""The Unusual Whales sandbox beside blocking code: in a thread, or in a process of its own."""

from typing import ClassVar

import msgspec

from tidegate.sandbox.runners import BoxProcess, BoxThread
from tidegate.sandbox.unusual_whales.sandbox import Sandbox, Settings


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """Where a sandbox is, its token, and its clock as `engine.clock` takes it."""

    url: str
    socket_url: str
    token: str
    clock: str


class SandboxThread(BoxThread[Sandbox, Card]):
    """`with SandboxThread() as box`: the addresses as attributes; `box.call(lambda it: ...)` reaches the Sandbox."""

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__(lambda: Sandbox(settings), Card)

    @property
    def url(self) -> str:
        """The REST service."""
        return self.card.url

    @property
    def socket_url(self) -> str:
        """The socket, without its token."""
        return self.card.socket_url


class SandboxProcess(BoxProcess[Card]):
    """`with SandboxProcess("--seed", "3") as card`: the command on a free port; it ends with the block."""

    venue: ClassVar[str] = "uw"

    def __init__(self, *arguments: str) -> None:
        super().__init__(Card, *arguments)
