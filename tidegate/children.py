"""Child processes that are this program again: how they are called, and the environment they get.

`-P` keeps Python from looking for modules in the current folder first. PYTHONPATH could name that folder as well.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

PATH = "PYTHONPATH"


def command(*words: object) -> list[str]:
    """The command line of `tidegate WORDS` under this interpreter."""
    return [sys.executable, "-P", "-m", "tidegate", *map(str, words)]


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment and `more`, in which PYTHONPATH names no folder relative to the current one.

    A checkout that is not installed, but ran from its own folder, is named in it: the child is the same program.
    """
    given = {**os.environ, **(more or {})}
    folders = [each for each in given.pop(PATH, "").split(os.pathsep) if Path(each).is_absolute()]
    home = str(Path(__file__).parents[1])
    folders = folders if home in sys.path else [home, *folders]
    return {**given, PATH: os.pathsep.join(folders)} if folders else given
