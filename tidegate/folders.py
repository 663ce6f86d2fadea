"""Where journals live: one folder for each mode, inside $TIDEGATE_STATE or the user's state folder.

Light on purpose: the desk and the looking commands need no engine to know where to look.
"""

import os
from errno import EACCES, ENOTDIR
from pathlib import Path
from stat import S_ISDIR

from tidegate.core.errors import InputError

JOURNAL = "tidegate.db"
LOG = "engine.log"
OVERLAY = "overlay.toml"
BACKUPS = "backups"


def default_folder(name: str = "paper") -> Path:
    """The state folder of a mode, inside $TIDEGATE_STATE, $XDG_STATE_HOME/tidegate or ~/.local/state/tidegate."""
    named = os.environ.get("TIDEGATE_STATE")
    if named:
        return Path(named).expanduser() / name
    home = os.environ.get("XDG_STATE_HOME")
    return (Path(home) if home else Path.home() / ".local" / "state") / "tidegate" / name


def has_journal(folder: Path) -> bool:
    """Whether an engine has ever run over this folder."""
    return (folder / JOURNAL).is_file()


def attached(state_dir: Path | None) -> Path:
    """The folder that looking and asking commands mean.

    Without --state-dir: the paper engine's, the live one's where no paper engine ever ran, or else the demo's.
    Raises InputError for a folder that cannot be one.
    """
    if state_dir is not None:
        return folder_of(state_dir, "")
    folders = [folder_of(None, mode) for mode in ("paper", "live", "demo")]
    return next((folder for folder in folders if has_journal(folder)), folders[0])


def folder_of(state_dir: Path | None, mode: str) -> Path:
    """The state folder that --state-dir names, or else the mode's; it need not be there yet.

    Raises:
        InputError: Something else is there, or it cannot be looked into.
    """
    folder = default_folder(mode) if state_dir is None else state_dir.expanduser()
    try:
        if not S_ISDIR(folder.stat().st_mode):
            raise NotADirectoryError(ENOTDIR, os.strerror(ENOTDIR))
        if not os.access(folder, os.R_OK | os.X_OK):
            raise PermissionError(EACCES, os.strerror(EACCES))
    except FileNotFoundError:
        return folder
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        named = "--state-dir names another" if state_dir is not None else "$TIDEGATE_STATE or --state-dir names another"
        raise InputError(f"The state folder {folder} cannot be used: {reason}. {named}.") from error
    return folder
