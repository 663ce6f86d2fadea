"""The seal: what it reads, that it notices every change, and that its memory of unchanged files is safe."""

import importlib.metadata
import os
import platform
from pathlib import Path

import pytest

from tidegate import boot
from tidegate.core.configuration.config import Config, load
from tidegate.core.domain.values.lockdown import changes
from tidegate.core.errors import PluginError
from tidegate.core.sealing import Sealer, config_of, foreign, toggles_of, versions

SHIPPED = boot.shipped_config()
ROOMS = [f"tidegate/{path}" for path in ("core/loop.py", "plugins/gates/halt.py", "cli.py", "tui/app.py")]
OLD_NS = 1_700_000_000_000_000_000


def loaded(*sets: str) -> Config:
    return load(shipped=SHIPPED, sets=sets)


def installed(site: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A third party's package and its entry point, at the front of the path; its module."""
    package, metadata = site / "stranger", site / "stranger-1.0.dist-info"
    package.mkdir()
    metadata.mkdir()
    (package / "__init__.py").write_text("")
    (package / "gate.py").write_text("LIMIT = 1\n")
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[tidegate.plugins]\ngates.stranger = stranger.gate\n")
    monkeypatch.syspath_prepend(str(site))
    return package / "gate.py"


def test_the_seal_holds_every_file_of_every_room_and_no_compiled_one() -> None:
    files = Sealer().seal(loaded(), SHIPPED).files
    for path in (*ROOMS, "config.toml"):
        assert len(files[path]) == 64
    assert not [path for path in files if "__pycache__" in path]


def test_the_same_installation_gives_the_same_seal() -> None:
    one, two = Sealer().seal(loaded(), SHIPPED), Sealer().seal(loaded(), SHIPPED)
    assert (one, one.digest) == (two, two.digest)


def test_a_value_and_a_toggle_are_told_apart() -> None:
    changed = loaded("size.base_usd=501", "gates.pace.enabled=false")
    before, after = Sealer().seal(loaded(), SHIPPED), Sealer().seal(changed, SHIPPED)
    assert changes(before, after) == ("size.base_usd was 500.0, is 501", "gates.pace was on, is off")
    assert toggles_of(changed)["gates.pace"] is False
    assert "gates.pace.enabled" not in config_of(changed)


def test_versions_are_those_of_python_and_of_all_that_a_run_may_need() -> None:
    found = versions(())
    assert found["python"] == platform.python_version()
    assert found["msgspec"] == importlib.metadata.version("msgspec")
    assert "pytest" not in found


def test_a_third_partys_package_is_sealed_only_while_its_plugin_is_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = installed(tmp_path, monkeypatch)
    on, off = loaded("gates.stranger.enabled=true"), loaded("gates.stranger.enabled=false")
    assert [each.name for each in foreign(on)] == ["gates.stranger"]
    assert foreign(off) == ()
    sealer = Sealer()
    before = sealer.seal(on, SHIPPED)
    assert before.versions["stranger"] == "1.0"
    file.write_text("LIMIT = 2\n")
    assert changes(before, sealer.seal(on, SHIPPED)) == ("stranger/gate.py changed",)
    assert "stranger/gate.py" not in sealer.seal(off, SHIPPED).files


def test_a_plugin_that_is_installed_no_more_cannot_be_sealed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = installed(tmp_path, monkeypatch)
    for each in file.parent.iterdir():
        each.unlink()
    file.parent.rmdir()
    with pytest.raises(PluginError, match="stranger is not installed"):
        Sealer().seal(loaded("gates.stranger.enabled=true"), SHIPPED)


def test_a_change_of_one_byte_is_found_even_with_the_same_size_and_the_modification_time_set_back(
    tmp_path: Path,
) -> None:
    file, sealer = tmp_path / "a.py", Sealer()
    file.write_bytes(b"x = 1")
    os.utime(file, ns=(OLD_NS, OLD_NS))
    before = sealer.digests([file])
    file.write_bytes(b"x = 2")
    os.utime(file, ns=(OLD_NS, OLD_NS))
    assert sealer.digests([file]) != before


def test_a_file_that_just_changed_is_read_again_until_its_time_is_past_doubt(tmp_path: Path) -> None:
    file, sealer = tmp_path / "a.py", Sealer()
    file.write_bytes(b"x = 1")
    sealer.digests([file])
    assert sealer._known == {}


def test_a_file_that_is_not_there_has_no_digest(tmp_path: Path) -> None:
    assert Sealer().digests([tmp_path / "none"]) == {}
