"""A copy of the installed program with a third party's source, run as processes of its own; the test changes it."""

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from importlib.metadata import distribution
from pathlib import Path

import msgspec

from tests.waiting import PATIENCE_S, read_until, until
from tidegate.core.domain.events import Recorded
from tidegate.core.domain.state import State
from tidegate.core.domain.values.lockdown import Seal
from tidegate.core.errors import JournalError
from tidegate.core.journaling.database import FILE
from tidegate.core.journaling.lock import holder
from tidegate.core.journaling.reader import Reader

ROOT = Path(__file__).parents[2]
SEALED_DEPENDENCY = "msgspec"
CONFIG = """
[engine]
tick_s = 0.2
check_s = 0.3
[orders]
wait_for_open = false
reconcile_s = {reconcile_s}
[gates]
"""
OFF = ("ignition", "coverage", "session", "threshold", "spread", "cooldown", "exposure", "pace")
LINES = '''"""Says what a file is told: three alerts on a symbol, or its price."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from tidegate import Alert, AlertReceived, Feed, Quote, QuoteSeen, Source, hookimpl


class Lines(Source, frozen=True, kw_only=True):
    """Each line of `file` is a symbol, and perhaps a price."""

    name: ClassVar[str] = "lines"
    file: str = ""

    async def stream(self, feed: Feed) -> None:
        told = feed.cursor
        while True:
            lines = Path(self.file).read_text().splitlines() if Path(self.file).exists() else []
            for line in lines[told:]:
                told += 1
                await feed.publish(*self.facts(told, line.split(), feed.now()))
            await asyncio.sleep(0.05)

    def facts(self, number, words, at):
        if len(words) == 2:
            return self.touches(number, words[0], float(words[1]), at)
        alerts = [(at, self.alert(number, words[0], part, at)) for part in range(3)]
        return [*alerts, *self.touches(number, words[0], 100.0, at)]

    def touches(self, number, symbol, last, at):
        looks = (at, at + timedelta(seconds=1.1))  # a jump needs a witness
        quotes = [Quote(symbol=symbol, at=each, last=last, bid=last, ask=last) for each in looks]
        return [(each.at, QuoteSeen(source=self.name, cursor=number, quote=each)) for each in quotes]

    def alert(self, number, symbol, part, at):
        alert = Alert(
            id=f"{number}-{part}",
            symbol=symbol,
            contract=f"{symbol}{part}",
            option_type="call",
            strike=100.0,
            expiry=(at + timedelta(days=2)).date(),
            start=at,
            at=at,
            premium=500_000.0 + part,
            ask_premium=500_000.0,
            bid_premium=0.0,
            underlying_price=100.0,
            volume=100,
            open_interest=0,
        )
        return AlertReceived(source=self.name, cursor=number, alert=alert)


@hookimpl
def tidegate_sources():
    return [Lines]
'''


def copied(folder: Path) -> None:
    """The program below a folder, with what Python has compiled of it: a start need not compile it all again."""
    shutil.copytree(ROOT / "tidegate", folder / "tidegate", ignore=shutil.ignore_patterns("*.pyc.*"))  # being written


class Installed:
    """The packages, their metadata, a configuration and a state folder below one folder."""

    def __init__(
        self, folder: Path, *, settings: str = "", reconcile_s: float = 60.0, env: Mapping[str, str] | None = None
    ) -> None:
        self.site, self.state_dir, self.config = folder / "site", folder / "state", folder / "config.toml"
        self._lines = folder / "lines.txt"
        self._env = {**os.environ, **(env or {}), "PYTHONPATH": str(self.site), "PYTHONDONTWRITEBYTECODE": "1"}
        self._engines: list[subprocess.Popen[bytes]] = []
        copied(self.site)
        shutil.copy(ROOT / "config.toml", self.site / "tidegate")
        (self.site / "lines.py").write_text(LINES)
        self._metadata(SEALED_DEPENDENCY, distribution(SEALED_DEPENDENCY).version)
        self._metadata("tidegate", distribution("tidegate").version, requires=distribution("tidegate").requires or ())
        self._metadata("lines", "1.0", entry="sources.lines = lines")
        off = "".join(f"{name} = {{ enabled = false }}\n" for name in OFF)
        lines = f"[sources.lines]\nfile = {json.dumps(str(self._lines))}\n"
        self.config.write_text(f"{CONFIG.format(reconcile_s=reconcile_s)}{off}{lines}{settings}")

    def _metadata(self, name: str, version: str, *, requires: Sequence[str] = (), entry: str = "") -> None:
        folder = self.site / f"{name}-{version}.dist-info"
        folder.mkdir()
        needed = "".join(f"Requires-Dist: {each}\n" for each in requires)
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needed}")
        (folder / "entry_points.txt").write_text(f"[tidegate.plugins]\n{entry}\n" if entry else "")

    def desk(self) -> int:
        """A desk in a terminal that nobody reads; its pid, to end with `stop_desk`."""
        pid, self._terminal = pty.fork()
        if pid == 0:
            os.chdir(self.site.parent)
            words = ["-m", "tidegate", "desk", "--state-dir", str(self.state_dir)]
            os.execve(sys.executable, [sys.executable, *words], {**self._env, "TERM": "xterm-256color"})  # noqa: S606 - our own program
        read_until(self._terminal, b"POSITIONS")
        return pid

    def stop_desk(self, pid: int) -> None:
        """End a desk, whatever state it is in."""
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(self._terminal)

    def start(self, *words: str) -> "subprocess.Popen[bytes]":
        """An engine in the foreground of a process of its own, once it has begun."""
        before = self.seq()
        command = [sys.executable, "-m", "tidegate", "engine", "--config", str(self.config), *words]
        child = subprocess.Popen(
            [*command, "--state-dir", str(self.state_dir)],
            env=self._env,
            cwd=self.site.parent,
            stdout=subprocess.DEVNULL,
        )
        self._engines.append(child)
        self.until(lambda: self.seq() > before and holder(self.state_dir) is not None, child=child)
        return child

    def stop(self) -> None:
        """End every engine, whatever state it is in."""
        for child in self._engines:
            if child.poll() is None:
                child.send_signal(signal.SIGCONT)
                child.terminate()
            child.wait(timeout=PATIENCE_S)
        self._engines.clear()

    def tell(self, *lines: str) -> None:
        """Have the source say something; a running engine knows its account by then, as it enters nothing before."""
        if self._engines:
            self.until(lambda: self.state().account is not None, child=self._engines[-1])
        with self._lines.open("a") as file:
            file.writelines(f"{line}\n" for line in lines)

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """A command line, from another process."""
        command = [sys.executable, "-m", "tidegate", *words, "--state-dir", str(self.state_dir)]
        return subprocess.run(command, env=self._env, cwd=self.site.parent, capture_output=True, text=True, check=False)

    def ask(self, name: str, /, **args: str) -> tuple[bool, str]:
        """A request, and its answer."""
        with closing(Reader.open(self.state_dir)) as journal:
            request = journal.post(name, args, "test")
            self.until(lambda: journal.answer(request) is not None)
            answer = journal.answer(request)
        assert answer is not None
        return answer.ok, answer.text

    def seq(self) -> int:
        """The newest event's number; 0 before there is a journal."""
        if not (self.state_dir / FILE).exists():
            return 0
        try:
            with closing(Reader.open(self.state_dir)) as journal:
                return journal.last_seq()
        except JournalError:  # it is just being made
            return 0

    def state(self) -> State:
        """The state as of the newest event."""
        with closing(Reader.open(self.state_dir)) as journal:
            return journal.state()

    def events(self, *kinds: str) -> list[Recorded]:
        """All events of some kinds."""
        with closing(Reader.open(self.state_dir)) as journal:
            return journal.events(kinds=kinds, limit=-1)

    def drift(self) -> tuple[str, ...]:
        """What the engine has found to differ."""
        lockdown = self.state().lockdown
        return lockdown.drift if lockdown is not None else ()

    def sealed(self) -> Seal:
        """What is sealed."""
        lockdown = self.state().lockdown
        assert lockdown is not None
        return lockdown.seal

    def until(self, true: Callable[[], object], *, child: "subprocess.Popen[bytes] | None" = None) -> None:
        """Look again and again until something is true."""
        until(true, child=child, told=lambda: msgspec.json.encode(self.state()))
