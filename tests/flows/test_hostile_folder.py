"""A start in a folder whose files are named like ours, with keys at hand: none of them is imported."""

import json
import os
import pty
import select
import subprocess
import sys
from pathlib import Path

import pytest

from tidegate import children
from tidegate.core.journaling.lock import holder

COMMAND = (sys.executable, str(Path(sys.executable).with_name("tidegate")))  # as its first line would
MODULE = (sys.executable, "-m", "tidegate")
KEYS = {"APCA_API_KEY_ID": "PKHOSTILE0123456789", "APCA_API_SECRET_KEY": "s" * 40, "UW_API_TOKEN": "u" * 36}
FILES = ("msgspec.py", "core/__init__.py", "tidegate.py", "typer.py", "re.py", "enum.py", "keyring.py")
LISTENING = """
import os
with open({marker!r}, "a") as file:
    file.write(__file__ + " " + " ".join(sorted(os.environ)) + chr(10))
"""
PATHS = pytest.mark.parametrize("path", [None, ".", "", f"{os.sep}nowhere{os.pathsep}"])


class Place:
    """A folder of hostile files, and what they have written."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.state_dir, self._marker = folder / "hostile", folder / "state", folder / "imported"
        for name in FILES:
            file = self.folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(LISTENING.format(marker=str(self._marker)))

    def imported(self) -> list[str]:
        """A line for each import of a hostile file: its path, and the names of the variables that it saw."""
        return self._marker.read_text().splitlines() if self._marker.exists() else []

    def environment(self, path: str | None) -> dict[str, str]:
        """With keys, and PYTHONPATH as given."""
        clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONSAFEPATH")}
        screen = {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"}
        return {**clean, **KEYS, **screen, **({} if path is None else {"PYTHONPATH": path})}

    def run(self, start: tuple[str, ...], *words: str, path: str | None) -> "subprocess.CompletedProcess[str]":
        """A command line, to its end."""
        command = [*start, *words, "--state-dir", str(self.state_dir)]
        return subprocess.run(
            command, cwd=self.folder, env=self.environment(path), capture_output=True, text=True, check=False
        )


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def shows(terminal: int, word: bytes) -> None:
    seen = b""
    while word not in seen:
        ready, _, _ = select.select([terminal], [], [], 120)
        assert ready, f"nothing came for 120 s; so far {seen[-2000:]!r}"
        seen += os.read(terminal, 65536)


def demo_with_a_desk(place: Place, path: str | None) -> None:
    """`tidegate demo` in a terminal, left with `q`: the engine goes on in a process of its own, until it is stopped."""
    terminal, theirs = pty.openpty()
    words = [*COMMAND, "demo", "--state-dir", str(place.state_dir)]
    with subprocess.Popen(
        words,
        cwd=place.folder,
        env=place.environment(path),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as desk:
        os.close(theirs)
        shows(terminal, b"POSITIONS")
        os.write(terminal, b"q")
        shows(terminal, b"comes back to it")
    os.close(terminal)
    assert desk.returncode == 0
    assert holder(place.state_dir) is not None
    stopped = place.run(COMMAND, "stop", "--force", path=path)
    assert stopped.returncode == 0, stopped.stderr


@pytest.mark.slow
@pytest.mark.parametrize("path", [None, "."])
def test_a_detached_engine_and_its_desk_import_nothing_from_the_folder_they_start_in(
    place: Place, path: str | None
) -> None:
    demo_with_a_desk(place, path)
    assert place.imported() == []


@pytest.mark.slow
@pytest.mark.parametrize("path", [None, "."])
def test_a_headless_engine_imports_nothing_from_the_folder_it_starts_in(place: Place, path: str | None) -> None:
    done = place.run(COMMAND, "demo", "--headless", "--json", path=path)
    assert place.imported() == []
    assert json.loads(done.stdout)["trades_closed"] > 20, done.stderr


@PATHS
def test_the_command_imports_nothing_from_the_current_folder(place: Place, path: str | None) -> None:
    done = place.run(COMMAND, "positions", "--json", path=path)
    assert place.imported() == []
    assert "no journal" in done.stdout.lower(), done


@PATHS
def test_python_m_imports_nothing_more_from_the_current_folder_than_python_itself_did(
    place: Place, path: str | None
) -> None:
    for name in ("tidegate.py", "re.py", "enum.py"):
        (place.folder / name).unlink()  # what is looked for before, or while, PYTHONPATH is read is Python's own choice
    done = place.run(MODULE, "positions", "--json", path=path)
    assert place.imported() == []
    assert "no journal" in done.stdout.lower(), done


@PATHS
def test_the_hostile_files_would_be_imported_if_nothing_was_done(place: Place, path: str | None) -> None:
    code = [sys.executable, "-c", "import msgspec, core"]
    subprocess.run(code, cwd=place.folder, env=place.environment(path), check=True)
    found = [Path(each.split()[0]).relative_to(place.folder) for each in place.imported()]
    assert found == [Path("msgspec.py"), Path("core/__init__.py")]
    assert set(KEYS) <= set(place.imported()[0].split())


@pytest.mark.parametrize("start", [COMMAND, MODULE], ids=["command", "module"])
def test_a_checkout_that_is_installed_is_found_in_its_own_folder_whatever_the_path_says(
    place: Place, start: tuple[str, ...]
) -> None:
    place.folder = Path(__file__).parents[2]
    done = place.run(start, "positions", "--json", path=".")
    assert "no journal" in done.stdout.lower(), done


def test_a_path_that_is_absolute_stays_and_one_that_is_relative_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    told = os.pathsep.join((f"{os.sep}one", "two", "", f"{os.sep}three{os.sep}", "."))
    monkeypatch.setenv(children.PATH, told)
    assert children.environment()[children.PATH].split(os.pathsep)[-2:] == [f"{os.sep}one", f"{os.sep}three{os.sep}"]


def test_a_child_of_a_checkout_that_is_not_installed_is_the_same_program(monkeypatch: pytest.MonkeyPatch) -> None:
    home = str(Path(children.__file__).parents[1])
    monkeypatch.setattr(sys, "path", [each for each in sys.path if each != home])
    assert children.environment()[children.PATH].split(os.pathsep)[0] == home
