import os
import signal
import socket
import stat
import subprocess
import sys
from datetime import UTC
from pathlib import Path

import pytest

from tidegate.core.errors import RefusedError
from tidegate.core.journaling.lock import Holder, Lock, holder

HOLD = """
import sys
from pathlib import Path
from tidegate.core.journaling.lock import Lock
with Lock.take(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""
TRY = """
import sys
from pathlib import Path
from tidegate.core.errors import RefusedError
from tidegate.core.journaling.lock import Lock
try:
    Lock.take(Path(sys.argv[1]))
except RefusedError as error:
    print(error)
    sys.exit(error.exit_code)
"""


def hold(folder: Path) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    return child


def test_a_second_process_is_refused_with_the_name_of_the_first(tmp_path: Path) -> None:
    with Lock.take(tmp_path):
        tried = subprocess.run([sys.executable, "-c", TRY, str(tmp_path)], check=False, capture_output=True, text=True)
    assert tried.returncode == 3
    for word in (f"pid {os.getpid()} on {socket.gethostname()} since 20", "UTC", "`tidegate stop`", str(tmp_path)):
        assert word in tried.stdout


def test_the_lock_is_free_after_release_and_release_is_harmless_twice(tmp_path: Path) -> None:
    lock = Lock.take(tmp_path)
    with pytest.raises(RefusedError):
        Lock.take(tmp_path)
    lock.release()
    lock.release()
    assert holder(tmp_path) is None
    Lock.take(tmp_path).release()


def test_the_holder_is_known_while_it_lives(tmp_path: Path) -> None:
    assert holder(tmp_path / "nowhere") is None
    child = hold(tmp_path)
    found = holder(tmp_path)
    assert found is not None
    assert found.started is not None
    assert (found.pid, found.host, found.started.tzinfo) == (child.pid, socket.gethostname(), UTC)
    child.communicate()
    assert holder(tmp_path) is None


def test_kill_9_frees_the_lock(tmp_path: Path) -> None:
    child = hold(tmp_path)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert holder(tmp_path) is None
    with Lock.take(tmp_path):
        found = holder(tmp_path)
        assert found is not None
        assert found.pid == os.getpid()


def test_asking_who_holds_it_does_not_stop_anybody_from_taking_it(tmp_path: Path) -> None:
    Lock.take(tmp_path).release()
    asking = "import sys\nfrom pathlib import Path\nfrom tidegate.core.journaling.lock import holder\n"
    asking += "print('asking', flush=True)\n"
    asking += "while True: holder(Path(sys.argv[1]))\n"
    with subprocess.Popen([sys.executable, "-c", asking, str(tmp_path)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "asking\n"
        for _ in range(20):
            Lock.take(tmp_path).release()
        child.kill()


def test_a_garbled_lock_file_still_refuses(tmp_path: Path) -> None:
    with Lock.take(tmp_path):
        (tmp_path / "tidegate.lock").write_text("{")
        assert holder(tmp_path) == Holder()
        with pytest.raises(RefusedError, match="just starting"):
            Lock.take(tmp_path)


def test_the_lock_file_is_private(tmp_path: Path) -> None:
    with Lock.take(tmp_path / "state"):
        assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
        assert stat.S_IMODE((tmp_path / "state" / "tidegate.lock").stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_used_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RefusedError, match="cannot be used"):
        Lock.take(tmp_path / "file")
