"""What docs/security.md promises of a running engine: nothing listens, and nobody else reads its files."""

from collections.abc import Iterator
from pathlib import Path
from stat import S_IMODE

import pytest

from tests.flows.installed import Installed
from tests.needs import needs_proc

PROC = Path("/proc")
LISTENS = {"tcp": (3, "0A", 9), "tcp6": (3, "0A", 9), "unix": (3, "00010000", 6)}  # column, what it says, the inode's
pytestmark = pytest.mark.slow


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Installed]:
    installed = Installed(tmp_path)
    yield installed
    installed.stop()


def listening(pid: int) -> list[str]:
    """The sockets on which a process waits for others."""
    own = {str(each.readlink()) for each in (PROC / str(pid) / "fd").iterdir()}
    found = []
    for kind, (column, says, inode) in LISTENS.items():
        rows = [row.split() for row in (PROC / str(pid) / "net" / kind).read_text().splitlines()[1:]]
        found += [kind for row in rows if row[column] == says and f"socket:[{row[inode]}]" in own]
    return found


@needs_proc
def test_neither_engine_nor_desk_listens_anywhere(copy: Installed) -> None:
    engine = copy.start()
    desk = copy.desk()
    try:
        assert listening(engine.pid) == listening(desk) == []
    finally:
        copy.stop_desk(desk)


def test_the_state_folder_and_all_that_is_in_it_are_the_owners_alone(copy: Installed) -> None:
    copy.start()
    assert copy.ask("plugin", name="exits.stale", enabled="false")[0]
    modes = {each.name: S_IMODE(each.stat().st_mode) for each in copy.state_dir.iterdir()}
    assert {"tidegate.db", "tidegate.lock", "overlay.toml"} <= set(modes)
    assert set(modes.values()) == {0o600}
    assert S_IMODE(copy.state_dir.stat().st_mode) == 0o700
