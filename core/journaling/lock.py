"""The instance lock: one engine per journal. The kernel drops it when its holder dies, however it dies."""

import fcntl
import os
import socket
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import msgspec

from tidegate.core.domain.values import Value
from tidegate.core.errors import RefusedError

FILE = "tidegate.lock"
TRIES = 5  # somebody who only asks who holds the lock has it for an instant
PAUSE_S = 0.02
SIGNATURE_BYTES = 2048
ALARM_LIMIT = 1000


class Holder(Value, frozen=True, kw_only=True):
    """Who holds a journal; pid 0 and no start time when it did not say. `alarm`: what it could not journal."""

    pid: int = 0
    host: str = "an unknown host"
    started: datetime | None = None
    alarm: str = ""


class Lock:
    """Held from `take` to `release`, or as a context manager."""

    def __init__(self, descriptor: int, started: datetime) -> None:
        self._descriptor: int | None = descriptor
        self._started = started

    @classmethod
    def take(cls, folder: Path) -> Self:
        """Take the lock of a state folder, making the folder (0700) and the file (0600) when missing.

        Raises:
            RefusedError: another process holds it (named), or the folder cannot be used.
        """
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with ExitStack() as stack:
                descriptor = os.open(folder / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                stack.callback(os.close, descriptor)
                if not _patiently(descriptor):
                    raise RefusedError(_refusal(folder, _read(descriptor)))
                started = datetime.now(UTC)
                _sign(descriptor, started)
                stack.pop_all()
        except OSError as error:
            raise RefusedError(f"the state folder {folder} cannot be used: {error.strerror or error}") from error
        return cls(descriptor, started)

    def release(self) -> None:
        """Give the lock back; once is enough, twice is harmless."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None

    def alarm(self, text: str) -> None:
        """Say something to whoever looks, in place: a full disk has room for what replaces something as long."""
        if self._descriptor is not None:
            _sign(self._descriptor, self._started, text)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def holder(folder: Path) -> Holder | None:
    """Who holds the lock of a state folder now; None when nobody does."""
    try:
        descriptor = os.open(folder / FILE, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        return None if _locked(descriptor, fcntl.LOCK_SH) else _read(descriptor)
    finally:
        os.close(descriptor)


def _patiently(descriptor: int) -> bool:
    for _ in range(TRIES):
        if _locked(descriptor, fcntl.LOCK_EX):
            return True
        time.sleep(PAUSE_S)
    return False


def _locked(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sign(descriptor: int, started: datetime, alarm: str = "") -> None:
    signature = Holder(pid=os.getpid(), host=socket.gethostname(), started=started, alarm=alarm[:ALARM_LIMIT])
    os.pwrite(descriptor, msgspec.json.encode(signature).ljust(SIGNATURE_BYTES), 0)


def _read(descriptor: int) -> Holder:
    try:
        return msgspec.json.decode(os.pread(descriptor, 4096, 0), type=Holder)
    except msgspec.DecodeError:
        return Holder()


def _refusal(folder: Path, found: Holder) -> str:
    since = "" if found.started is None else f" since {found.started:%Y-%m-%d %H:%M:%S} UTC"
    who = f"pid {found.pid}" if found.pid else "a process that is just starting"
    return f"another engine holds {folder}: {who} on {found.host}{since}; stop it with `tidegate stop`"
