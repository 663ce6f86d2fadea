"""What can be examined without asking anybody: keys, journal, disk, file modes, terminal."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from tidegate import keys
from tidegate.core.errors import JournalError
from tidegate.core.journaling.lock import FILE as LOCK
from tidegate.core.journaling.lock import holder
from tidegate.core.journaling.reader import Reader
from tidegate.core.plugins.bases import Plugin
from tidegate.doctor.rows import fail, ok, skip, warn
from tidegate.folders import JOURNAL, LOG, OVERLAY, has_journal
from tidegate.output.shapes import DiagnosisShape
from tidegate.running.arming import World, key_of

MB = 1_000_000
LOW_MB, NONE_MB = 1_000, 100  # a busy day writes some tens of megabytes
OURS = (JOURNAL, f"{JOURNAL}-wal", f"{JOURNAL}-shm", LOCK, OVERLAY, LOG)
SMALLEST = (80, 24)  # columns and rows that the desk is drawn for


def secrets(plugins: Sequence[Plugin]) -> Iterator[DiagnosisShape]:
    """A row for each key that is needed: where it is, never what it is."""
    worlds = dict(map(key_of, plugins))
    for name in dict.fromkeys(name for plugin in plugins for name in plugin.secrets()):
        where, world = keys.origin(name), worlds.get(name, World.NEITHER)
        if where is not None:
            yield ok(name, f"in the {where}" + ("" if world is World.NEITHER else f", a {world} key"))
        else:
            trouble = keys.keyring_trouble()
            seen = "missing" if trouble is None else f"missing; the keyring could not be asked ({trouble})"
            yield fail(name, seen, f"export {name}=..., or keyring set {keys.SERVICE} {name} (docs/security.md)")


def journal(folder: Path) -> DiagnosisShape:
    """Whether the journal can be read, and who runs over it."""
    if not has_journal(folder):
        return skip("journal", f"none in {folder} yet")
    try:
        with closing(Reader.open(folder)) as found:
            state = found.state()
    except JournalError as error:
        return fail("journal", str(error), "restore a copy (docs/operations.md), or use another --state-dir")
    held = holder(folder)
    engine = "no engine runs" if held is None else f"engine {held.pid} runs"
    return ok("journal", f"{state.seq:,} events of mode {state.mode or 'none'} in {folder}; {engine}")


def disk(folder: Path) -> DiagnosisShape:
    """The room that is left where the journal grows."""
    there = next((each for each in (folder.absolute(), *folder.absolute().parents) if each.exists()), Path.cwd())
    left = shutil.disk_usage(there).free // MB
    seen, then = f"{left:,} MB free at {there}", "free some space: without it entries stop"
    if left < NONE_MB:
        return fail("disk", seen, then)
    return warn("disk", seen, then) if left < LOW_MB else ok("disk", seen)


def modes(folder: Path) -> DiagnosisShape:
    """Whether other users of this machine can read what the engine writes."""
    if not folder.exists():
        return skip("file modes", f"{folder} does not exist yet; it will be made for you alone")
    found = [path for path in (folder, *(folder / name for name in OURS)) if path.exists()]
    strange = [str(path) for path in found if path.stat().st_uid != os.geteuid()]
    if strange:
        return fail("file modes", f"{', '.join(strange)}: another user's", "run as that user, or use --state-dir")
    open_ = [str(path) for path in found if path.stat().st_mode & 0o077]
    if open_:
        return fail("file modes", f"others can read {', '.join(open_)}", f"chmod go-rwx {' '.join(open_)}")
    return ok("file modes", f"{len(found)} files and folders, yours alone")


def terminal(environment: Mapping[str, str]) -> DiagnosisShape:
    """Whether the desk can be drawn here: size, colours, characters."""
    if not sys.stdout.isatty():
        return skip("terminal", "the output is no terminal")
    size, encoding = os.get_terminal_size(sys.stdout.fileno()), (sys.stdout.encoding or "").lower()
    seen = f"{size.columns}x{size.lines}, {_colours(environment)}, {encoding or 'unknown encoding'}"
    advice = [
        *(["enlarge it to 80x24"] if size.columns < SMALLEST[0] or size.lines < SMALLEST[1] else []),
        *(["choose a TERM with colours (tmux-256color, xterm-256color)"] if "no colours" in seen else []),
        *(["set LANG to a UTF-8 locale"] if encoding.replace("-", "") != "utf8" else []),
    ]
    return warn("terminal", seen, "; ".join(advice)) if advice else ok("terminal", seen)


def _colours(environment: Mapping[str, str]) -> str:
    if environment.get("NO_COLOR"):
        return "colours off by NO_COLOR"
    term = environment.get("TERM", "")
    if environment.get("COLORTERM", "") in ("truecolor", "24bit"):
        return "true colour"
    if "256color" in term:
        return "256 colours"
    return "no colours" if term in ("", "dumb") or term.startswith("vt") else "16 colours"
