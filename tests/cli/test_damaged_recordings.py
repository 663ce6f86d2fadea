"""A recording that is damaged, or none at all, is told as such; what was read before the damage counts."""

import gzip
import json
from collections.abc import Callable
from hashlib import sha512
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]
START_MS = 1_760_535_000_000  # 2025-10-15 13:30 UTC


def rows(count: int) -> bytes:
    """Made-up alerts in the wire shape, five seconds apart."""
    made = [
        {
            "id": f"made-up-{n}",
            "ticker": "ACME",
            "option_chain": "ACME251017C00040000",
            "total_premium": "200000",
            "end_time": START_MS + n * 5_000,
        }
        for n in range(count)
    ]
    return "".join(f"{json.dumps(row)}\n" for row in made).encode()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "h.csv.gz"


def test_a_gzip_that_ends_in_the_middle_is_damaged_and_what_was_read_counts(cli: Cli, file: Path) -> None:
    whole = gzip.compress(rows(2000))
    file.write_bytes(whole[: len(whole) * 3 // 4])
    ran = cli("replay", file, "--json")
    found = ran.object()
    assert ran.code == 2
    assert found["alerts"] > 100
    (said,) = found["damaged"]
    assert said.startswith(f"{file} is damaged: Compressed file ended before the end-of-stream marker")
    assert "Get a whole copy" in said
    told = cli("replay", file)
    assert told.code == 2
    assert "is damaged" in told.err
    assert "alerts" in told.out


@pytest.mark.parametrize(
    "content",
    [b"\x1f\x8b" + bytes(500), b"\x1f\x8b\x08", gzip.compress(rows(5))[:-5] + b"12345"],
    ids=["no header", "half a header", "wrong sum"],
)
def test_a_gzip_that_cannot_be_decompressed_is_damaged(cli: Cli, file: Path, content: bytes) -> None:
    file.write_bytes(content)
    ran = cli("replay", file, "--json")
    assert ran.code == 2
    assert ran.object()["damaged"][0].startswith(f"{file} is damaged: ")


@pytest.mark.parametrize("content", [sha512(b"noise").digest() * 60, b"a;b;c\n1;2;3\n"], ids=["noise", "csv"])
def test_a_file_of_which_no_row_can_be_read_is_no_recording(cli: Cli, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "h.csv"
    file.write_bytes(content)
    ran = cli("replay", file, "--json")
    assert ran.code == 2
    assert "no row of it can be read" in ran.object()["damaged"][0]
    assert ran.object()["finished"] is True


def test_one_bad_file_among_good_ones_is_named_and_the_others_count(cli: Cli, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.jsonl", tmp_path / "bad.jsonl"
    good.write_bytes(rows(4))
    bad.write_bytes(b"nothing\n")
    ran = cli("replay", good, bad, "--json")
    assert ran.code == 2
    assert ran.object()["alerts"] == 4
    assert [each.partition(":")[0] for each in ran.object()["damaged"]] == [str(bad)]


def test_a_few_bad_rows_are_no_damage(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "day.jsonl"
    file.write_bytes(rows(4) + b"{broken\n")
    ran = cli("replay", file, "--json")
    assert (ran.code, ran.object()["damaged"], ran.object()["rows_rejected"]) == (0, [], 1)


def test_our_own_recording_cut_off_by_a_kill_is_played_up_to_there_as_promised(
    cli: Cli, journal: Path, tmp_path: Path
) -> None:
    assert cli("record", "--out", tmp_path / "day", "--state-dir", journal).code == 0
    (file,) = tmp_path.glob("day-*.jsonl.gz")
    whole = file.read_bytes()
    for torn in (1, 5, 15, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole + whole[:torn])
        ran = cli("replay", file, "--json")
        assert (ran.code, ran.object()["damaged"]) == (0, [])
        assert ran.object()["alerts"] > 0
        assert any("tidegate record" in each for each in ran.object()["notes"])


def test_our_own_recording_with_wrong_bytes_behind_it_is_damaged(cli: Cli, journal: Path, tmp_path: Path) -> None:
    assert cli("record", "--out", tmp_path / "day", "--state-dir", journal).code == 0
    (file,) = tmp_path.glob("day-*.jsonl.gz")
    file.write_bytes(file.read_bytes() + b"not gzip at all")
    assert cli("replay", file, "--json").code == 2
