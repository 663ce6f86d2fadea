"""The Alpaca sandbox beside blocking code: in a thread, or in a process of its own."""

from tidegate.sandbox.alpaca.sandbox import Sandbox
from tidegate.sandbox.alpaca.settings import Settings
from tidegate.sandbox.runners import Address, BoxProcess, BoxThread


class Card(Address, frozen=True, kw_only=True):
    """Where a sandbox is, and its keys."""

    data_url: str
    stream_url: str
    data_stream_url: str
    key_id: str
    secret_key: str
    account_id: str
    account_number: str


class SandboxThread(BoxThread[Sandbox, Card]):
    """`with SandboxThread() as box`: the addresses as attributes; `box.call(lambda it: ...)` reaches the Sandbox."""

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__(lambda: Sandbox(settings), Card)

    @property
    def data_url(self) -> str:
        """The market data service."""
        return self.card.data_url

    @property
    def stream_url(self) -> str:
        """The account stream."""
        return self.card.stream_url

    @property
    def data_stream_url(self) -> str:
        """The market data stream."""
        return self.card.data_stream_url


class SandboxProcess(BoxProcess[Card]):
    """`with SandboxProcess("--seed", "3") as card`: the command on a free port; it ends with the block."""

    venue, shape = "alpaca", Card
