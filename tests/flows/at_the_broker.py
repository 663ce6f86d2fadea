"""An installed engine that trades at a sandbox of Alpaca, and has compared its books with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from scripts.rehearsal.stage import VENUE
from tests.flows.installed import Installed
from tidegate.sandbox.alpaca import Sandbox, SandboxThread

SYMBOLS = ("AMD", "NVDA")
ALPACA = """
[executors.paper]
enabled = false
[executors.alpaca]
enabled = true
base_url = "{url}"
stream_url = "{stream}"
requests_per_minute = 10000
poll_s = 0.1
lookup_pause_s = 0.05
"""


def priced(symbol: str, box: Sandbox) -> None:
    box.market.set_price(symbol, "100")


@contextmanager
def at_the_broker(folder: Path, *, reconcile_s: float = 60.0) -> Iterator[tuple[Installed, SandboxThread]]:
    """An engine that has compared its books with a sandbox's."""
    with SandboxThread(replace(VENUE, at=None)) as box:  # its clock is the machine's, or the engine halts for it
        for symbol in SYMBOLS:
            box.call(partial(priced, symbol))
        keys = {"APCA_API_KEY_ID": box.card.key_id, "APCA_API_SECRET_KEY": box.card.secret_key}
        told = ALPACA.format(url=box.url, stream=box.stream_url)
        copy = Installed(folder, settings=told, reconcile_s=reconcile_s, env=keys)
        try:
            copy.start()
            copy.until(lambda: copy.state().reconciled_at is not None)
            yield copy, box
        finally:
            copy.stop()
