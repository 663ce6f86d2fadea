#!python
"""The command `tidegate`, and `python -m tidegate`: nothing is imported from the current folder.

The build installs this file as the command, and the installer writes the interpreter into its first line. Until the
path is clean only what the interpreter has loaded for itself is imported.
"""

import os
import site
import sys


def leave_the_current_folder() -> None:
    """Take the current folder from the path, and what PYTHONPATH names relative to it; what is installed stays."""
    if not sys.flags.safe_path:
        del sys.path[0]  # the current folder, or the one of this command
    told = os.environ.get("PYTHONPATH", "")
    named = {each: each.startswith(os.sep) for each in told.split(os.pathsep)} if told else {}
    if all(named.values()):
        return
    gone = {place for each, absolute in named.items() if not absolute for place in (each, os.path.abspath(each))}  # noqa: PTH100 - pathlib would be looked for on the path
    sys.path[:] = [each for each in sys.path if each not in gone or named.get(each)]
    site.addsitepackages(set(sys.path))  # an editable checkout that is the current folder is installed all the same
    if site.ENABLE_USER_SITE:
        site.addusersitepackages(set(sys.path))


if __name__ == "__main__":
    leave_the_current_folder()
    from tidegate.cli import main

    main()
