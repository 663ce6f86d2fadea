"""What some tests need that is not on every machine: they are left out there, and the end of the run says so."""

import os
from pathlib import Path

import msgspec
import pytest

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
LEFT_OUT = "left out: it needs "


class Need(msgspec.Struct, frozen=True):
    """Its words, whether this machine has it, and what else is weaker without it."""

    words: str
    there: bool
    without: str = ""


NEEDS = {
    "shared": Need("shared/ beside the checkout", SHARED.is_dir(), "; sandboxes were not held against the documents"),
    "root": Need("the rights of root", os.geteuid() == 0),
    "proc": Need("/proc with its sockets, as Linux has it", Path("/proc/self/net/tcp6").exists()),
}
needs_shared = pytest.mark.needs("shared")
needs_root = pytest.mark.needs("root")
needs_proc = pytest.mark.needs("proc")


def told(reason: str, files: list[str]) -> str:
    """The line about all tests that were left out for one reason."""
    need = next(each for each in NEEDS.values() if reason.endswith(each.words))
    tests = "1 test needs" if len(files) == 1 else f"{len(files)} tests need"
    return f"{tests} {need.words}, left out of: {', '.join(dict.fromkeys(files))}{need.without}"
