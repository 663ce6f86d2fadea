"""The Unusual Whales sandbox beside blocking code: in a thread, or in a process of its own."""

from tidegate.sandbox.runners import Address, BoxProcess, BoxThread
from tidegate.sandbox.unusual_whales.sandbox import Sandbox
from tidegate.sandbox.unusual_whales.settings import Settings


class Card(Address, frozen=True, kw_only=True):
    """Where a sandbox is, its token, and its clock as `engine.clock` takes it."""

    socket_url: str
    token: str
    clock: str


class SandboxThread(BoxThread[Sandbox, Card]):
    """`with SandboxThread() as box`: the addresses as attributes; `box.call(lambda it: ...)` reaches the Sandbox."""

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__(lambda: Sandbox(settings), Card)

    @property
    def socket_url(self) -> str:
        """The socket, without its token."""
        return self.card.socket_url


class SandboxProcess(BoxProcess[Card]):
    """`with SandboxProcess("--seed", "3") as card`: the command on a free port; it ends with the block."""

    venue, shape = "uw", Card
