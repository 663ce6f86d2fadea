"""The engine against the Alpaca sandbox: a recorded session through real HTTP and websockets, and the books compared.

What `rehearse.py`, `crash.py` and tests play.
"""

import gzip
import json
import subprocess
import threading
from contextlib import closing, suppress
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Self

from scripts.soundness import unsound
from tidegate.children import command, environment
from tidegate.core.domain import events as e
from tidegate.core.domain.state import State
from tidegate.core.errors import JournalError
from tidegate.core.journaling.reader import Reader
from tidegate.sandbox.alpaca import Sandbox, SandboxThread
from tidegate.sandbox.alpaca.settings import Settings

CASH = Decimal(10_000)
OPEN_MS = 1_760_535_000_000  # 2025-10-15 09:30 New York, the demo's open
LOOK_S = 0.01
TIMEOUT_S = 2.0  # the engine waits for an answer
VENUE = Settings(cash=CASH, always_open=True, requests_per_minute=None)


def session(folder: Path, *, start: float, minutes: float) -> Path:
    """`minutes` of the bundled demo from `start` minutes after the open, as a recording of its own."""
    out = folder / "session.jsonl"
    source = files("tidegate").joinpath("sessions", "demo.jsonl.gz")
    begin = OPEN_MS + start * 60_000
    with source.open("rb") as raw, gzip.open(raw, "rt") as lines, out.open("w") as kept:
        for row in lines:
            with suppress(ValueError):
                line, (channel, payload) = row, json.loads(row)
                at = payload.get("time") or payload.get("end_time") or payload.get("end") or 0
                if channel == "readings" and "known" in payload:
                    line = json.dumps([channel, {**payload, "known": begin - 60_000}]) + "\n"  # told as it begins
                elif channel == "operator" or not begin <= at <= begin + minutes * 60_000:
                    continue
                kept.write(line)
    return out


def prices(recording: Path) -> dict[str, float]:
    """The first price of every symbol, so that the venue knows them all from the start."""
    found: dict[str, float] = {}
    for line in recording.read_text().splitlines():
        channel, payload = json.loads(line)
        if channel == "quotes":
            found.setdefault(payload["symbol"], float(payload["last"]))
        elif channel == "flow-alerts" and payload.get("underlying_price"):
            found.setdefault(payload["ticker"], float(payload["underlying_price"]))
    return found


CONFIG = """
[engine]
checkpoint_events = 400
[executors.paper]
enabled = false
[executors.alpaca]
enabled = true
base_url = "{url}"
stream_url = "{stream}"
timeout_s = {timeout}
requests_per_minute = 10000
poll_s = 0.1
lookup_pause_s = 0.05
[sources.recording]
enabled = true
files = ["{recording}"]
"""


def state_in(folder: Path) -> State:
    """The fold of a state folder's journal as it stands."""
    with closing(Reader.open(folder)) as journal:
        return journal.state()


def events_in(folder: Path) -> list[e.Recorded]:
    """The whole journal of a state folder."""
    found: list[e.Recorded] = []
    with closing(Reader.open(folder)) as journal:
        while page := journal.events(after=found[-1].seq if found else 0):
            found += page
    return found


def books_differ(box: SandboxThread, state: State) -> list[str]:
    """How cash and shares of the venue and of the journal differ, in sentences."""
    cash, shares, _ = box.call(book_of)
    ours = {symbol: position.side.sign * position.quantity for symbol, position in state.positions.items()}
    said = [
        f"{symbol}: venue {shares.get(symbol, 0)}, journal {ours.get(symbol, 0)}"
        for symbol in sorted({*shares, *ours})
        if shares.get(symbol, 0) != ours.get(symbol, 0)
    ]
    return said if cash == CASH + state.cash_flow else [*said, f"cash: venue {cash}, journal {CASH + state.cash_flow}"]


class Rehearsal:
    """A sandbox, a recording, and an engine that can be started again and again over one journal."""

    def __init__(  # noqa: PLR0913 - a day, a venue and an engine, by keyword
        self,
        folder: Path,
        *,
        minutes: float,
        speed: float,
        start: float = 0.0,
        settings: str = "",
        venue: Settings = VENUE,
    ) -> None:
        self.folder, self.state_dir, self.speed = folder, folder / "state", speed
        self.settings = settings
        self.marks: list[tuple[int, int]] = []  # the venue's time, and the last event that was committed before it
        folder.mkdir(parents=True, exist_ok=True)
        self.recording = session(folder, start=start, minutes=minutes)
        self.box = SandboxThread(venue)
        self._done = threading.Event()
        self._driver = threading.Thread(target=self._drive, daemon=True)

    def __enter__(self) -> Self:
        self.box.__enter__()
        for symbol, price in prices(self.recording).items():
            self._set(symbol, price)
        text = CONFIG.format(url=self.box.url, stream=self.box.stream_url, timeout=TIMEOUT_S, recording=self.recording)
        (self.folder / "config.toml").write_text(text + self.settings)
        self._driver.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._driver.join()
        self.box.__exit__(None, None, None)

    def engine(self) -> "subprocess.Popen[bytes]":
        """An engine, detached from nothing: it dies with its kill."""
        card = self.box.card
        keys = {"APCA_API_KEY_ID": card.key_id, "APCA_API_SECRET_KEY": card.secret_key}
        words = [
            "engine",
            "--config",
            self.folder / "config.toml",
            "--state-dir",
            self.state_dir,
            "--speed",
            self.speed,
        ]
        log = (self.folder / "engine.log").open("ab")
        with log:
            return subprocess.Popen(command(*words), stdout=log, stderr=log, env=environment(keys))

    def state(self) -> State:
        """The fold of the journal as it stands."""
        return state_in(self.state_dir)

    def events(self) -> list[e.Recorded]:
        """The whole journal."""
        return events_in(self.state_dir)

    def _set(self, symbol: str, price: float) -> None:
        self.box.call(lambda box: box.market.set_price(symbol, str(price)))

    def _drive(self) -> None:
        """The venue's prices follow what the engine has seen."""
        seq = 0
        while not self._done.wait(LOOK_S):
            with suppress(JournalError), closing(Reader.open(self.state_dir)) as journal:
                self._mark(journal.last_seq())
                for record in journal.events(after=seq, kinds=("QuoteSeen", "AlertReceived")):
                    seq = record.seq
                    match record.event:
                        case e.QuoteSeen(quote=quote):
                            self._set(quote.symbol, quote.last)
                        case e.AlertReceived(alert=alert) if alert.underlying_price is not None:
                            self._set(alert.symbol, alert.underlying_price)

    def _mark(self, seq: int) -> None:
        if seq > (self.marks[-1][1] if self.marks else 0):
            self.marks.append((self.box.call(lambda box: box.instant()), seq))

    def disagreements(self) -> list[str]:
        """What differs between the venue's book and the journal, or is not sound in it; nothing when all is well."""
        state = self.state()
        said = books_differ(self.box, state)
        working = self.box.call(book_of)[2]
        said += [
            f"the venue works an order that is over or unknown here: {name}"
            for name in working
            if name not in state.orders
        ]
        return said + unsound(self.state_dir, whole=True)


def book_of(box: Sandbox) -> tuple[Decimal, dict[str, Decimal], list[str]]:
    """The venue's cash, signed shares, and client order ids of what it works."""
    held = {symbol: position.quantity for symbol, position in box.book.account.positions.items() if position.quantity}
    return box.book.account.cash, held, [order.client_order_id for order in box.book.working()]
