"""`tidegate doctor`: is everything ready to run, and what to do where it is not."""

import os
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tidegate.commands.options import AsJson, ConfigFile, Sets, StateDir, Without, overrides
from tidegate.core.errors import InputError, TidegateError
from tidegate.core.redaction import redact
from tidegate.folders import attached
from tidegate.output import text
from tidegate.output.printing import emit
from tidegate.output.shapes import DiagnosisShape, DoctorShape
from tidegate.running.overrides import Overrides

if TYPE_CHECKING:
    from tidegate.running.setup import Setup

CONFIG = "configuration"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor(
    *,
    config: ConfigFile = None,
    state_dir: StateDir = None,
    sets: Sets = None,
    without: Without = None,
    as_json: AsJson = False,
) -> int:
    """Examine configuration, keys, broker, disk and terminal.

    Exit code 1 when something failed, 2 for a mistake in the configuration.
    """
    rows = list(examine(overrides(config, sets, without), attached(state_dir)))
    failed = [row.name for row in rows if row.result == "fail"]
    emit(DoctorShape(ok=not failed, rows=rows), words, as_json=as_json)
    return 2 if CONFIG in failed else 1 if failed else 0


def examine(changes: Overrides, folder: Path) -> Iterator[DiagnosisShape]:
    """Every row, what needs no network first; a plugin that talks to a broker must be enabled for the rest."""
    from tidegate.doctor import local  # noqa: PLC0415 - other commands start without it

    setup, row = _configured(changes, folder)
    yield row
    yield from _plugins(setup)
    yield local.journal(folder)
    yield local.disk(folder)
    yield local.modes(folder)
    yield local.terminal(os.environ)
    yield from _broker(setup)


def words(shape: DoctorShape) -> str:
    """The rows as a table; what to do next stands below its row."""
    lines = text.table(("", "EXAMINED", "SEEN"), [(row.result, row.name, row.seen) for row in shape.rows]).splitlines()
    notes = [f"{'':4}  -> {row.next}" if row.next else "" for row in shape.rows]
    below = chain.from_iterable(zip(lines[1:], notes, strict=True))
    end = "Nothing failed." if shape.ok else "Something failed: see the lines with ->."
    return "\n".join([lines[0], *(line for line in below if line), end])


def _configured(changes: Overrides, folder: Path) -> "tuple[Setup | None, DiagnosisShape]":
    from tidegate import boot  # noqa: PLC0415 - as above
    from tidegate.doctor.rows import fail, ok  # noqa: PLC0415 - as above

    try:
        setup = boot.configure(config=changes.config, state_dir=folder, sets=changes.sets, without=changes.without)
    except TidegateError as error:
        seen = "; ".join(redact(each) for each in str(error).splitlines())
        if error.exit_code != InputError.exit_code:  # not the user's mistake
            return None, fail("start", seen, "reinstall Tidegate, or report it")
        return None, fail(CONFIG, seen, "mend it; `tidegate config check` looks again")
    return setup, ok(CONFIG, f"valid, mode {setup.mode}")


def _plugins(setup: "Setup | None") -> Iterator[DiagnosisShape]:
    from tidegate.doctor.rows import fail, ok, skip  # noqa: PLC0415 - as above

    if setup is None:
        yield skip("plugins", "the configuration cannot be read")
        return
    problems = [redact(str(each)) for each in setup.host.problems]
    if problems:
        yield fail("plugins", "; ".join(problems), "mend, remove or disable what is left out")
        return
    on = [card for card in setup.host.cards() if card.enabled]
    yield ok("plugins", f"{len(on)} are on, {setup.host.executor().key()} trades")


def _broker(setup: "Setup | None") -> Iterator[DiagnosisShape]:
    from tidegate.doctor import alpaca, local, unusual_whales  # noqa: PLC0415 - as above
    from tidegate.doctor.rows import fail, ok, skip  # noqa: PLC0415 - as above
    from tidegate.running.arming import disagreements, talkers  # noqa: PLC0415 - as above

    if setup is None:
        yield skip("broker", "the configuration cannot be read")
        return
    plugins = talkers(setup.host)
    yield from local.secrets(plugins)
    said = list(disagreements(setup.mode, setup.host, live="named at the start" if setup.mode == "live" else None))
    if said:
        yield fail("paper or live", " ".join(said), "a run will be refused until they agree")
    else:
        yield ok("paper or live", "LIVE: real money" if setup.mode == "live" else "no real money")
    yield from unusual_whales.examine(plugins)
    if not any(map(alpaca.is_ours, plugins)):
        yield skip("broker", "nothing that is enabled talks to one; no request was sent")
        return
    yield from alpaca.examine(plugins)
