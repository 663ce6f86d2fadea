"""What a digest of code covers: every file of a whole package, by name and content."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tidegate.core.installed_code import digest_of, places
from tidegate.core.plugins.roster import package_of
from tidegate.plugins.executors.paper.plugin import Paper
from tidegate.plugins.scorers.readings.dark_pool import DarkPool

DOMAIN = places("tidegate.core.domain")[0]


def package(folder: Path) -> Path:
    """A package of two files, one of them a level below."""
    made = folder / "strange"
    (made / "inner").mkdir(parents=True)
    (made / "__init__.py").write_text("")
    (made / "inner" / "limits.py").write_text("LIMIT = 1\n")
    return made


CHANGES: dict[str, Callable[[Path], object]] = {
    "content": lambda made: (made / "inner" / "limits.py").write_text("LIMIT = 2\n"),
    "added": lambda made: (made / "inner" / "more.py").write_text(""),
    "removed": lambda made: (made / "inner" / "limits.py").unlink(),
    "renamed": lambda made: (made / "inner" / "limits.py").rename(made / "inner" / "bounds.py"),
    "moved": lambda made: (made / "inner" / "limits.py").rename(made / "limits.py"),
    "a table": lambda made: (made / "table.txt").write_text("1 2 3"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_file_that_changes_comes_goes_or_is_called_otherwise_changes_the_digest(
    tmp_path: Path, change: Callable[[Path], object]
) -> None:
    before, after = package(tmp_path / "before"), package(tmp_path / "after")
    change(after)
    assert digest_of(before) != digest_of(after)


def test_where_a_package_stands_and_what_python_compiled_of_it_do_not_change_its_digest(tmp_path: Path) -> None:
    one, other = package(tmp_path / "one"), package(tmp_path / "other")
    (other / "__pycache__").mkdir()
    (other / "__pycache__" / "limits.cpython-311.pyc").write_bytes(b"compiled")
    (other / "inner" / ".#limits.py").symlink_to("nobody@nowhere")  # an editor's lock
    assert digest_of(one) == digest_of(other)


def test_content_that_moves_between_two_files_changes_the_digest(tmp_path: Path) -> None:
    one, other = package(tmp_path / "one"), package(tmp_path / "other")
    for made, halves in ((one, ("ab", "c")), (other, ("a", "bc"))):
        for name, half in zip(("first.py", "second.py"), halves, strict=True):
            (made / name).write_text(half)
    assert digest_of(one) != digest_of(other)


def test_the_domain_is_found_with_the_packages_in_it() -> None:
    assert (DOMAIN / "signals" / "sizing.py").is_file()


def test_a_builtin_is_made_by_its_room_and_a_stranger_by_all_of_its_package() -> None:
    stranger = type("Strange", (DarkPool,), {"__module__": "strange.inner.plugin"})
    assert package_of(DarkPool) == "tidegate.plugins.scorers"
    assert package_of(Paper) == "tidegate.plugins.executors"
    assert package_of(stranger) == "strange"


@pytest.mark.parametrize("name", ["nobody_has_this", "json.nobody", "sys", "__main__.inner"])
def test_what_is_not_there_or_has_no_file_stands_nowhere(name: str) -> None:
    assert places(name) == ()
