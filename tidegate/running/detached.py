"""Starting an engine in a process of its own, which outlives this one and its terminal."""

import os
import sys
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

from tidegate.children import command, environment
from tidegate.core.errors import InputError, JournalError, RefusedError, TidegateError
from tidegate.core.journaling.lock import holder
from tidegate.core.journaling.reader import Reader
from tidegate.folders import LOG, has_journal
from tidegate.running.log import rotate

START_S = 30.0
LOOK_S = 0.02
TAIL = 20
ERRORS: dict[int, type[TidegateError]] = {2: InputError, 3: RefusedError}


def start(folder: Path, arguments: Sequence[str]) -> int:
    """Start `tidegate engine` over a folder, detached; returns its pid once its journal can be read.

    Raises:
        InputError, JournalError, RefusedError, TidegateError: The engine ended at once; the message is what it said.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = folder / LOG
    rotate(log)
    said = log.stat().st_size if log.exists() else 0
    pid = os.posix_spawn(
        sys.executable,
        command("engine", "--state-dir", folder.resolve(), *arguments),
        environment(),
        file_actions=(
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ),
        setsid=True,
    )
    _wait(pid, folder, said)
    return pid


def _wait(pid: int, folder: Path, said: int) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        gone, status = os.waitpid(pid, os.WNOHANG)
        code = os.waitstatus_to_exitcode(status) if gone else None
        if code is not None and not _over(folder, code):
            raise ERRORS.get(code, TidegateError)(_tail(folder / LOG, said))
        if code is not None or _begun(pid, folder):
            return
        time.sleep(LOOK_S)
    raise TidegateError(f"The engine (pid {pid}) has not begun within {START_S:.0f} s; see {folder / LOG}.")


def _begun(pid: int, folder: Path) -> bool:
    held = holder(folder)
    if held is None or held.pid != pid or not has_journal(folder):
        return False
    with suppress(JournalError), closing(Reader.open(folder)) as journal:  # it may not be whole yet
        return journal.last_seq() > 0
    return False


def _over(folder: Path, code: int) -> bool:
    """Whether the engine has already finished its work, as a fast session may."""
    return code == 0 and has_journal(folder)


def _tail(log: Path, since: int) -> str:
    with log.open("rb") as lines:
        lines.seek(since)
        said = lines.read().decode(errors="replace").splitlines()
    return "\n".join(said[-TAIL:]) or f"The engine ended without a word; see {log}."
