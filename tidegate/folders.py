"""Where journals live: one folder for each mode, inside $TIDEGATE_STATE or the user's state folder.

Light on purpose: the desk and the looking commands need no engine to know where to look.
"""

import os
from pathlib import Path

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
    """
    if state_dir is not None:
        return state_dir.expanduser()
    folders = [default_folder(mode) for mode in ("paper", "live", "demo")]
    return next((folder for folder in folders if has_journal(folder)), folders[0])
