"""What a process holds of the source's runs: the counts of all, and the parts of the one that is open."""

from datetime import datetime

from tidegate.plugins.sources.unusual_whales.client import Client
from tidegate.plugins.sources.unusual_whales.readings.poller import ReadingPoller
from tidegate.plugins.sources.unusual_whales.session import Session
from tidegate.plugins.sources.unusual_whales.tally import Tally


class OpenRun:
    """Beside the plugin, which is frozen. `asks_at` is when a token that was refused is tried again."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.session: Session | None = None
        self.client: Client | None = None
        self.poller: ReadingPoller | None = None
        self.asks_at: datetime | None = None
