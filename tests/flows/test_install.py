"""Wheel and sdist: what they hold, and that an installed Tidegate plays the demo whatever else is installed."""

import hashlib
import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

import tidegate
from tidegate.core.domain.events import EngineStarted
from tidegate.core.journaling.reader import Reader

ROOT = Path(__file__).parents[2]
OURS = ("tidegate", f"tidegate-{tidegate.__version__}.dist-info")
STRANGERS = ("core/__init__.py", "core/config.py", "plugins/__init__.py", "tui/__init__.py", "sandbox/__init__.py")
pytestmark = pytest.mark.slow


def build(source: Path, kind: str, folder: Path) -> Path:
    """A wheel or an sdist of a source tree."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (made,) = folder.iterdir()
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, "wheel", tmp_path_factory.mktemp("wheel"))


class Environment:
    """A fresh environment that borrows its dependencies from the running one; what is installed here comes first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "environment"
        venv.create(self.folder, symlinks=True)
        self.site = Path(sysconfig.get_path("purelib", vars={"base": str(self.folder)}))

    def borrow(self) -> None:
        """From now on the dependencies are found. Before it, pip sees only what is installed here."""
        (self.site / "borrowed.pth").write_text(f"{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n")

    def pip(self, *words: str) -> None:
        """Carry out a command of pip over what is installed here."""
        pip = [sys.executable, "-m", "pip", "--python", str(self.folder / "bin" / "python"), "--quiet"]
        subprocess.run([*pip, "--disable-pip-version-check", *words], check=True, capture_output=True)

    def installed(self) -> set[str]:
        """The names at the top of site-packages."""
        return {each.name for each in self.site.iterdir()} - {"borrowed.pth"}

    def demo(self, state_dir: Path) -> dict[str, Any]:
        """The demo's summary, played by the installed command in an empty folder."""
        command = self.folder / "bin" / "tidegate"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        state_dir.parent.mkdir(exist_ok=True)
        words = [str(command), "demo", "--headless", "--json", "--state-dir", str(state_dir)]
        done = subprocess.run(
            words, cwd=state_dir.parent, env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stderr
        day: dict[str, Any] = json.loads(done.stdout)
        assert day["trades_closed"] > 20
        return day

    def entries(self) -> dict[str, tuple[int, int]]:
        """Every path below the environment, with its size and the time of its last change."""
        found = ((path, path.lstat()) for path in self.folder.rglob("*"))
        return {str(path): (stat.st_size, stat.st_mtime_ns) for path, stat in found}


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with Tidegate from the wheel."""
    made = Environment(tmp_path_factory.mktemp("installed"))
    made.pip("install", "--no-deps", "--no-index", str(wheel))
    return made


def stranger(folder: Path) -> Path:
    """A wheel of a distribution that owns the names of our rooms."""
    file = folder / "rooms-1.0-py3-none-any.whl"
    about = "rooms-1.0.dist-info"
    texts = dict.fromkeys(STRANGERS, "raise ImportError('somebody else is asked')\n")
    texts[f"{about}/METADATA"] = "Metadata-Version: 2.1\nName: rooms\nVersion: 1.0\n"
    texts[f"{about}/WHEEL"] = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    texts[f"{about}/RECORD"] = "".join(f"{name},,\n" for name in (*texts, f"{about}/RECORD"))
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
    return file


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Nobody but root can write below it."""
    paths = [folder, *(path for path in folder.rglob("*") if not path.is_symlink())]
    modes = [path.stat().st_mode for path in paths]
    for path, mode in zip(paths, modes, strict=True):
        path.chmod(mode & ~0o222)
    try:
        yield
    finally:
        for path, mode in zip(paths, modes, strict=True):
            path.chmod(mode)


def code_of(state_dir: Path) -> str:
    """The digest of the code that decided."""
    with closing(Reader.open(state_dir)) as reader:
        (started,) = reader.events(limit=1)
    assert isinstance(started.event, EngineStarted)
    return started.event.code


def contents(wheel: Path) -> dict[str, str]:
    """The digest of every file of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}


def test_the_wheel_installs_one_package_its_metadata_and_one_command(environment: Environment) -> None:
    assert environment.installed() == set(OURS)
    record = (environment.site / OURS[1] / "RECORD").read_text().splitlines()
    elsewhere = [line.split(",")[0] for line in record if not line.startswith(OURS)]
    assert elsewhere == ["../../../bin/tidegate"]


def test_a_wheel_from_the_sdist_holds_the_same_files(wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(build(ROOT, "sdist", tmp_path / "sdist")) as archive:
        archive.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    assert contents(build(source, "wheel", tmp_path / "again")) == contents(wheel)


def test_an_installed_tidegate_plays_the_demo_beside_strangers_that_own_the_names_of_its_rooms_and_without_them(
    environment: Environment, demo: tuple[dict[str, Any], Path], tmp_path: Path
) -> None:
    environment.pip("install", "--no-deps", "--no-index", str(stranger(tmp_path)))
    assert {"core", "plugins", "tui", "sandbox"} <= environment.installed()
    environment.borrow()
    beside = environment.demo(tmp_path / "beside" / "state")
    environment.pip("uninstall", "--yes", "rooms")
    assert environment.installed() == set(OURS)
    without = environment.demo(tmp_path / "without" / "state")
    assert beside["events_hash"] == without["events_hash"] == demo[0]["events_hash"]
    assert code_of(tmp_path / "beside" / "state") == code_of(tmp_path / "without" / "state") == code_of(demo[1])


def test_a_read_only_installation_plays_the_demo_and_nothing_is_written_in_it(
    environment: Environment, tmp_path: Path
) -> None:
    environment.borrow()
    before = environment.entries()
    with read_only(environment.folder):
        environment.demo(tmp_path / "played" / "state")
    assert environment.entries() == before
