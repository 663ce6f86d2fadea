"""What `tidegate verify` finds in the journals that tests and rehearsals leave behind."""

from pathlib import Path

from tidegate.folders import JOURNAL
from tidegate.verification.verify import verify


def unsound(folder: Path, *, whole: bool = False) -> list[str]:
    """A sentence for everything that is wrong with any journal in the folder or below it.

    `whole`: also for events that could not be decided again, as those of a stranger's plugin cannot.
    """
    said: list[str] = []
    for path in sorted(folder.rglob(JOURNAL)):
        report = verify(path)
        said += [f"{path}: {each.what}" for each in report.findings]
        if report.difference is not None:
            said.append(f"{path}: {report.difference} {' '.join(report.notes)}")
        if whole and report.skipped:
            said.append(f"{path}: {report.skipped} events not decided again: {' '.join(report.notes)}")
    return said
