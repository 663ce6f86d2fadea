"""Settings that had another name: a person is told the new one, and a journal that has the old one is still read."""

from pathlib import Path

import pytest

from tidegate.core.configuration.config import from_tables, load
from tidegate.core.configuration.renamed import RENAMED


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("price_max_age_s = 300.0", "orders.price_max_age_s: is called prices.max_age_s now"),
        ("entry_retry_s = 120.0", "orders.entry_retry_s: is gone: an entry is tried again within its own lifetime"),
    ],
)
def test_a_file_with_an_old_name_is_told_the_new_one_with_its_line(tmp_path: Path, said: str, told: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f"[orders]\n{said}\n")
    (problem,) = load(shipped=tmp_path / "none.toml", user=file).problems[-1:]
    assert problem.startswith(f"{file}:2: {told}")


def test_the_configuration_in_an_old_journal_is_read_in_the_names_of_today() -> None:
    tables = {"orders": {"collar_pct": 0.5, "price_max_age_s": 300.0, "entry_retry_s": 120.0}}
    config = from_tables(tables)
    assert config.problems == ()
    assert (config.settings.orders.collar_pct, config.settings.prices.max_age_s) == (0.5, 300.0)


def test_no_old_name_is_a_name_of_today() -> None:
    known = {f"{name}" for name, _, _ in from_tables({}).effective()}
    assert known & {*RENAMED} == set()
