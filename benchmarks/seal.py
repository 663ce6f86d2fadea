"""What a lockdown's check costs: the seal of the installed program, read for the first time, and again every minute."""

import tempfile
from pathlib import Path
from time import perf_counter

from tidegate import boot
from tidegate.core.domain.values.lockdown import changes
from tidegate.core.sealing import Sealer

AGAIN = 50
Row = tuple[str, str, float]


def main() -> list[Row]:
    """Milliseconds; the aim is 50 for a check, the configuration read anew included."""
    with tempfile.TemporaryDirectory() as folder:
        setup = boot.configure(state_dir=Path(folder))
    sealer = Sealer()
    begun = perf_counter()
    sealed = sealer.seal(setup.config, setup.shipped)
    first_s, begun = perf_counter() - begun, perf_counter()
    for _ in range(AGAIN):
        assert not changes(sealed, sealer.seal(setup.config, setup.shipped))
    again_s, begun = (perf_counter() - begun) / AGAIN, perf_counter()
    for _ in range(AGAIN):
        sealer.seal(setup.reload(), setup.shipped)
    whole_s = (perf_counter() - begun) / AGAIN
    return [
        ("files sealed", "files", float(len(sealed.files))),
        ("first seal, every file read", "ms", first_s * 1000),
        ("a check, files unchanged", "ms", again_s * 1000),
        ("a check, and the configuration read anew", "ms", whole_s * 1000),
    ]
