"""Whether a demo begins, goes on or begins afresh, and that it touches nothing else."""

from pathlib import Path

import pytest

from tidegate.core.errors import InputError, RefusedError
from tidegate.core.journaling.lock import Lock
from tidegate.folders import attached, has_journal
from tidegate.playing import prepare_demo


def test_a_demo_in_an_empty_folder_begins(tmp_path: Path) -> None:
    assert "begins" in prepare_demo(tmp_path / "new", fresh=False, alone=True)


def test_a_finished_demo_begins_afresh(journal: Path) -> None:
    assert "the last one was finished" in prepare_demo(journal, fresh=False, alone=True)
    assert not has_journal(journal)


def test_an_unfinished_demo_goes_on_and_says_from_when(unfinished: Path) -> None:
    assert "goes on where it stopped, at 09:30:02 ET" in prepare_demo(unfinished, fresh=False, alone=True)
    assert has_journal(unfinished)


def test_an_unfinished_demo_begins_again_when_asked(unfinished: Path) -> None:
    assert "afresh" in prepare_demo(unfinished, fresh=True, alone=True)
    assert not has_journal(unfinished)


def test_another_modes_journal_is_left_alone(other_journal: Path) -> None:
    with pytest.raises(InputError, match="paper"):
        prepare_demo(other_journal, fresh=True, alone=True)
    assert has_journal(other_journal)


def test_a_running_demo_gets_another_desk_but_never_another_engine(unfinished: Path) -> None:
    with Lock.take(unfinished):
        assert "already running" in prepare_demo(unfinished, fresh=False, alone=False)
        with pytest.raises(RefusedError):
            prepare_demo(unfinished, fresh=False, alone=True)
        with pytest.raises(RefusedError):
            prepare_demo(unfinished, fresh=True, alone=False)
    assert has_journal(unfinished)


def test_looking_means_the_paper_engine_unless_only_a_demo_ever_ran(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIDEGATE_STATE", str(tmp_path))
    assert attached(None) == tmp_path / "paper"
    for mode in ("demo", "paper"):
        (tmp_path / mode).mkdir()
        (tmp_path / mode / "tidegate.db").touch()
        assert attached(None) == tmp_path / mode
    assert attached(tmp_path / "named") == tmp_path / "named"
