"""`tidegate verify` after a file changed says "other code" of what decides, helpers included, and of nothing else."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.flows.installed import ROOT, Installed

SESSION = ROOT / "tidegate" / "sessions" / "demo.jsonl.gz"
LINES = 300
GATE = '''"""A third party's gate."""

from typing import ClassVar

from strict.inner.limits import LIMIT
from tidegate import Gate, hookimpl, passed


class Strict(Gate, frozen=True, kw_only=True):
    """Passes."""

    name: ClassVar[str] = "strict"

    def check(self, signal, state):
        return passed(f"below {LIMIT}")


@hookimpl
def tidegate_gates():
    return [Strict]
'''


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The program, a third party's gate of three files, and the journal of a few minutes that both decided."""
    folder = tmp_path_factory.mktemp("program")
    made = Installed(folder)
    (made.site / "strict" / "inner").mkdir(parents=True)
    (made.site / "strict" / "gate.py").write_text(GATE)
    (made.site / "strict" / "inner" / "limits.py").write_text("LIMIT = 1\n")
    made._metadata("strict", "1.0", entry="gates.strict = strict.gate")
    session = folder / "morning.jsonl"
    session.write_text("\n".join(gzip.decompress(SESSION.read_bytes()).decode().splitlines()[:LINES]))
    done = made.run("replay", str(session), "--set", "gates.strict.enabled=true", "--json")
    assert done.returncode == 0, done.stderr
    return made


@contextmanager
def changed(file: Path) -> Iterator[None]:
    """One line more in a file, or a new file."""
    before = file.read_bytes() if file.exists() else None
    file.write_bytes((before or b"") + b"\n# changed\n")
    yield
    if before is None:
        file.unlink()
    else:
        file.write_bytes(before)


def notes(program: Installed) -> tuple[bool, list[str]]:
    """Whether the journal is sound, and what is said besides."""
    done = program.run("verify", "--json")
    told: dict[str, Any] = json.loads(done.stdout)
    assert told["compared"] == told["last"], told
    return told["sound"], [each for each in told["notes"] if "other code" in each]


def test_the_same_code_is_not_called_other_code(program: Installed) -> None:
    assert notes(program) == (True, [])


@pytest.mark.parametrize(
    "file",
    [
        "tidegate/plugins/scorers/readings/_scale.py",
        "tidegate/plugins/gates/pace.py",
        "tidegate/plugins/exits/more.py",
        "tidegate/core/calendar.txt",
        "tidegate/core/domain/signals/sizing.py",
        "tidegate/core/domain/books/more.py",
        "strict/inner/limits.py",
        "strict/gate.py",
    ],
)
def test_a_changed_file_of_what_decides_is_called_other_code(program: Installed, file: str) -> None:
    with changed(program.site / file):
        sound, said = notes(program)
    assert sound
    assert len(said) == 1


@pytest.mark.parametrize("file", ["tidegate/tui/app.py", "tidegate/plugins/sources/recording/files.py", "lines.py"])
def test_a_changed_file_of_what_does_not_decide_is_not(program: Installed, file: str) -> None:
    with changed(program.site / file):
        assert notes(program) == (True, [])
