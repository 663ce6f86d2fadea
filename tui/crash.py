"""What remains of a crash: a short message for the person, and a log without locals or secrets."""

import re
import traceback
from contextlib import suppress
from datetime import datetime
from os import O_APPEND, O_CREAT, O_WRONLY, fdopen
from os import open as os_open
from pathlib import Path

LOG = "desk.log"
SECRET = re.compile(
    r"(?i)((?:key|secret|token|password|authorization)[\w-]*[\"']?\s*[:=]\s*[\"']?(?:bearer\s+|basic\s+)?|bearer\s+)"
    r"[^\s\"'&,;]+"
)


def redact(text: str) -> str:
    """The text with the values of keys, tokens and passwords struck out."""
    return SECRET.sub(r"\1***", text)


def message(error: BaseException) -> str:
    """What the person reads."""
    said = redact(str(error)).splitlines()
    return (
        f"The desk stopped: {type(error).__name__}: {said[0][:200] if said else 'no message'}\n"
        f"The engine is not affected. Details without values are in {LOG} of the state folder; "
        "`tidegate desk` attaches again."
    )


def write(folder: Path, error: BaseException, at: datetime) -> None:
    """Append the stack (no locals) to the log; a folder that cannot be written is not worth a second error."""
    stack = redact("".join(traceback.format_exception(error)))
    with suppress(OSError), fdopen(os_open(folder / LOG, O_WRONLY | O_APPEND | O_CREAT, 0o600), "a") as log:
        log.write(f"{at.isoformat()}\n{stack}\n")
