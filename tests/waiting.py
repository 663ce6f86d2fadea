"""How tests wait for what must come: long, because a busy machine is slow and not wrong; not at all for the dead."""

import os
import select
import subprocess
import time
from collections.abc import Callable

PATIENCE_S = 120.0  # the one bound of all waits; nothing measures speed by it
LOOK_S = 0.01


def until(
    true: Callable[[], object],
    *,
    child: "subprocess.Popen[bytes] | subprocess.Popen[str] | None" = None,
    told: Callable[[], object] = str,
) -> None:
    """Look again and again until something is true.

    `child` is the process that has to bring it about: its end ends the wait. `told` says how things stand.

    Raises:
        AssertionError: it has not come true in time, or no longer can.
    """
    end = time.monotonic() + PATIENCE_S
    while not true():
        if child is not None and child.poll() is not None:
            assert true(), f"the process ended with {child.returncode}: {told()}"
            return
        assert time.monotonic() < end, f"it did not happen in {PATIENCE_S:.0f} s: {told()}"
        time.sleep(LOOK_S)


def read_until(terminal: int, word: bytes) -> bytes:
    """What a terminal shows until a word comes. A program that ends without it ends the wait."""
    seen = b""
    while word not in seen:
        ready, _, _ = select.select([terminal], [], [], PATIENCE_S)
        assert ready, f"nothing came for {PATIENCE_S:.0f} s; so far {seen[-500:]!r}"
        try:
            seen += (piece := os.read(terminal, 65536))
        except OSError:  # what Linux says of a terminal that nobody has open any more
            piece = b""
        assert piece, f"the program ended; so far {seen[-500:]!r}"
    return seen
