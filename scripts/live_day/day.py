"""A whole live day at both sandboxes: `make liveday SPEED=40`; all by HTTP and websocket.

The sandboxes, the driver of prices and the engine share one clock that runs SPEED times as fast. The day is the
demo's; faults strike on both sides. At the end: no alert lost, quota kept, books equal, metadata whole, regimes as
the day's prices have it, and what queued was drained.
"""

import json
import subprocess
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from scripts.rehearsal.stage import CASH, OPEN_MS, prices, session
from tidegate.children import command, environment
from tidegate.sandbox import alpaca, unusual_whales
from tidegate.sandbox.alpaca.plan import Failure, RateLimit
from tidegate.sandbox.alpaca.venue.bars import Bar
from tidegate.sandbox.plan import Disconnect, Drop, Duplicate, Missing, Text
from tidegate.sandbox.times import instant_of
from tidegate.sandbox.unusual_whales import plan as whales

OPEN = datetime.fromtimestamp(OPEN_MS / 1000, UTC)
API, LIST = "/api/*", "/api/option-trades/*"
LOOK_S = 0.02
EARLY = timedelta(minutes=2)
METADATA = ("score", "components", "regime", "regime_modifier", "ignition_status", "trace", "direction")
CONFIG = """
[engine]
clock = "{clock}"
[executors.paper]
enabled = false
[executors.alpaca]
enabled = true
base_url = "{trade}"
stream_url = "{stream}"
timeout_s = 10.0
[sources.alpaca_market]
enabled = true
data_url = "{data}"
data_stream_url = "{data_stream}"
timeout_s = {patience}
[sources.unusual_whales]
enabled = true
base_url = "{uw}"
socket_url = "{socket}"
socket = {listens}
timeout_s = {patience}
[gates.threshold]
min_score = 1.0
[gates.exposure]
symbol_pct = 15.0
sector_pct = 50.0
"""
Rows = list[tuple[int, str, float]]


def whales_faults(whole_s: float) -> unusual_whales.Plan:
    """What goes wrong at Unusual Whales in a day."""
    return unusual_whales.Plan(
        faults=[
            whales.RateLimit(path=API, from_s=0.2 * whole_s, for_s=120.0, reset_s=60.0),
            whales.Failure(path=API, from_s=0.4 * whole_s, for_s=180.0),
            Drop(path=API, chance=0.01),
            Text(path=API, chance=0.01),
            whales.Empty(path="/api/stock/*", chance=0.02),
            whales.Malformed(path=LIST, chance=0.02),
            whales.Repeated(path=LIST, chance=0.05, every=3),
            whales.Late(chance=0.02, seconds=120.0),
            whales.Twice(chance=0.02),
            Disconnect(chance=0.002),
        ]
    )


def venue_faults(whole_s: float, *, panic_s: float) -> alpaca.Plan:
    """What goes wrong at Alpaca in a day; from `panic_s` on orders meet a storm of 429 for ten minutes."""
    return alpaca.Plan(
        faults=[
            RateLimit(method="POST", path="/v2/orders", from_s=panic_s, for_s=600.0),
            Failure(path="/v2/*", from_s=0.3 * whole_s, for_s=60.0),
            Failure(method="POST", path="/v2/orders", status=504, chance=0.05, late=True),
            Drop(method="POST", path="/v2/orders", chance=0.05, late=True),
            Text(path="/v2/*", chance=0.01),
            Duplicate(chance=0.1),
            Missing(chance=0.1),
        ]
    )


class LiveDay:
    """Both sandboxes and the engine; `minutes` of the day from `start` minutes after the open."""

    def __init__(
        self, folder: Path, *, minutes: float, speed: float, start: float = 0.0, listens: bool = False
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.state_dir = folder, folder / "state"
        self.recording = session(folder, start=start, minutes=minutes)
        self.begin = OPEN + timedelta(minutes=start) - EARLY
        self.end = OPEN + timedelta(minutes=start + minutes)
        self.listens = listens
        whole_s, panic_s = (self.end - self.begin).total_seconds(), (251.0 - start) * 60.0 + EARLY.total_seconds()
        clock = f"{self.begin.isoformat()} {speed} {time.time()}"
        self.whales = unusual_whales.SandboxThread(
            unusual_whales.Settings(clock=clock, recording=str(self.recording), plan=whales_faults(whole_s))
        )
        self.venue = alpaca.SandboxThread(
            alpaca.Settings(
                at=self.begin,
                speed=speed,
                cash=CASH,
                http_time="market",
                plan=venue_faults(whole_s, panic_s=panic_s),
            )
        )
        self.speed = speed
        self._rows, self._closes = _told(self.recording)
        self._done = threading.Event()
        self._driver = threading.Thread(target=self._drive, daemon=True)

    def __enter__(self) -> Self:
        self.venue.__enter__()
        self.whales.__enter__()
        self.venue.call(self._begin)
        text = CONFIG.format(
            clock=self.whales.card.clock,
            trade=self.venue.url,
            stream=self.venue.stream_url,
            data=self.venue.card.data_url,
            data_stream=self.venue.card.data_stream_url,
            uw=self.whales.url,
            socket=self.whales.socket_url,
            listens=str(self.listens).lower(),
            patience=10.0 * self.speed,
        )
        (self.folder / "config.toml").write_text(text)
        self._driver.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._driver.join()
        self.whales.__exit__(None, None, None)
        self.venue.__exit__(None, None, None)

    def now(self) -> datetime:
        """The day's time."""
        return self.whales.call(lambda box: box.clock.now())

    def engine(self) -> "subprocess.Popen[bytes]":
        """An engine over the day's journal."""
        card = self.venue.card
        keys = {"APCA_API_KEY_ID": card.key_id, "APCA_API_SECRET_KEY": card.secret_key}
        keys["UW_API_TOKEN"] = self.whales.card.token
        words = ["engine", "--config", str(self.folder / "config.toml"), "--state-dir", str(self.state_dir)]
        with (self.folder / "engine.log").open("ab") as log:
            return subprocess.Popen(command(*words), stdout=log, stderr=log, env=environment(keys))

    def play(self) -> None:
        """One engine through the day; it is asked to stop when the day is over."""
        child = self.engine()
        while child.poll() is None and self.now() < self.end:
            time.sleep(0.2)
        asked = command("stop", "--state-dir", self.state_dir)
        subprocess.run(asked, env=environment(), check=False, capture_output=True)
        if child.wait() != 0:
            raise SystemExit(f"the engine failed:\n{(self.folder / 'engine.log').read_text()[-3000:]}")

    def _begin(self, box: alpaca.Sandbox) -> None:
        """Every symbol has its first price, and the index the daily closes of the recording."""
        for symbol, price in prices(self.recording).items():
            box.market.set_price(symbol, str(price))
        days = [
            Bar(t=instant_of(at), o=close, h=close, l=close, c=close, v=1000, n=1, vw=close)
            for at, close in self._closes
        ]
        if days:
            box.market.tapes["SPY"].days = days

    def _drive(self) -> None:
        """The venue's prices are those of the recording, each at its time."""
        place = 0
        while not self._done.wait(LOOK_S):
            now_ms = int(self.now().timestamp() * 1000)
            due: Rows = []
            while place < len(self._rows) and self._rows[place][0] <= now_ms:
                due.append(self._rows[place])
                place += 1
            if due:
                self.venue.call(lambda box, due=due: [box.market.set_price(s, str(p)) for _, s, p in due])  # type: ignore[misc] # a bound value


def _told(recording: Path) -> tuple[Rows, list[tuple[datetime, float]]]:
    """Prices by time, and the daily closes of the index at midnight New York (as bars are dated)."""
    rows: Rows = []
    closes: dict[datetime, float] = {}
    for line in recording.read_text().splitlines():
        with suppress(ValueError):
            channel, row = json.loads(line)
            if channel == "quotes":
                rows.append((row["time"], row["symbol"], float(row["last"])))
            elif channel == "readings" and row["name"] == "daily_close":
                at = datetime.fromtimestamp(row["time"] / 1000, UTC)
                closes[at.replace(hour=4, minute=0, second=0, microsecond=0)] = float(row["value"])
    return sorted(rows), sorted(closes.items())
