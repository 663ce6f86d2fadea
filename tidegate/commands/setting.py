"""Commands about what runs and with which values: plugins, config, version."""

import platform
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

import tidegate
from tidegate.commands.asking import WHO, ask, words
from tidegate.commands.looking.journal import journal_of
from tidegate.commands.options import AsJson, ConfigFile, Sets, StateDir, Without, overrides
from tidegate.core.domain.events import RequestReceived
from tidegate.core.domain.state import State
from tidegate.core.domain.stepping.lockdown import locked
from tidegate.core.errors import InputError
from tidegate.core.journaling.lock import holder
from tidegate.folders import OVERLAY, attached, has_journal
from tidegate.output import text
from tidegate.output.printing import emit, note
from tidegate.output.shapes import AnswerShape, CheckShape, PluginShape, SettingShape, VersionShape
from tidegate.running.overrides import Overrides

if TYPE_CHECKING:
    from tidegate.running.setup import Setup

Name = Annotated[str, typer.Argument(metavar="NAME", help='"gates.pace", or "pace" when only one plugin is called so.')]
Target = Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it.")]

plugins_app = typer.Typer(help="Show every plugin, and switch them on and off.", invoke_without_command=True)
config_app = typer.Typer(help="Check, show and begin a configuration.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(plugins_app, name="plugins")
    app.add_typer(config_app, name="config")
    app.command()(version)


def version(*, as_json: AsJson = False) -> None:
    """Say which Tidegate this is."""
    shape = VersionShape(tidegate=tidegate.__version__, python=platform.python_version(), platform=sys.platform)
    emit(shape, lambda it: f"tidegate {it.tidegate}, Python {it.python}, {it.platform}", as_json=as_json)


@plugins_app.callback()
def plugins(  # noqa: PLR0913 - a command's options are its arguments
    context: typer.Context,
    *,
    config: ConfigFile = None,
    state_dir: StateDir = None,
    sets: Sets = None,
    without: Without = None,
    as_json: AsJson = False,
) -> None:
    """Show every plugin, and switch them on and off (enable, disable)."""
    if context.invoked_subcommand is None:
        changes = overrides(config, sets, without)
        emit(
            cards(_setup(changes, state_dir) if sets or without else _shown(changes, state_dir)),
            text.plugins,
            as_json=as_json,
        )


@plugins_app.command()
def enable(name: Name, *, config: ConfigFile = None, state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Switch a plugin on, now and for later runs."""
    answer = _toggle(name, overrides(config, None, None), attached(state_dir), enabled=True)
    emit(answer, words, as_json=as_json)


@plugins_app.command()
def disable(name: Name, *, config: ConfigFile = None, state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Switch a plugin off, now and for later runs."""
    answer = _toggle(name, overrides(config, None, None), attached(state_dir), enabled=False)
    emit(answer, words, as_json=as_json)


@config_app.command()
def check(
    *,
    config: ConfigFile = None,
    state_dir: StateDir = None,
    sets: Sets = None,
    without: Without = None,
    as_json: AsJson = False,
) -> None:
    """Find every mistake in the configuration, without starting anything."""
    setup = _setup(overrides(config, sets, without), state_dir)
    shape = CheckShape(ok=True, mode=setup.mode, plugins=[each.key for each in cards(setup) if each.enabled])
    emit(shape, lambda it: f"The configuration is valid; {len(it.plugins)} plugins are on.", as_json=as_json)


@config_app.command()
def show(
    *,
    config: ConfigFile = None,
    state_dir: StateDir = None,
    sets: Sets = None,
    without: Without = None,
    as_json: AsJson = False,
) -> None:
    """Print every effective value and where it comes from."""
    setup = _setup(overrides(config, sets, without), state_dir)
    found = [
        SettingShape(key=key, value=value, layer=origin.layer, file=origin.file, line=origin.line)
        for key, value, origin in setup.config.effective()
    ]
    emit(found, text.settings, as_json=as_json)


@config_app.command()
def init(file: Target = Path("config.toml"), *, as_json: AsJson = False) -> None:
    """Write the shipped configuration as the start of your own."""
    from tidegate.running.setup import shipped_config  # noqa: PLC0415 - loads the engine, which looking commands do without

    if file.exists():
        raise InputError(f"{file} exists already; it was not touched.")
    try:
        file.write_text(shipped_config().read_text())
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror}.") from error
    file.chmod(0o600)
    answer = AnswerShape(request=None, answered=False, ok=True, text=f"Wrote {file}.")
    emit(answer, words, as_json=as_json)


def cards(setup: "Setup") -> list[PluginShape]:
    """Every plugin that can be had, on or off."""
    return [
        PluginShape(
            key=card.key,
            kind=card.kind,
            name=card.name,
            enabled=card.enabled,
            loaded=card.loaded,
            origin=str(card.origin),
            summary=card.summary,
            settings=msgspec.to_builtins(card.settings),
            problem=card.problem,
        )
        for card in setup.host.cards()
    ]


def key_of(name: str, keys: Sequence[str]) -> str:
    """The key that a person means by a key or a bare name. Raises InputError when none or several fit."""
    fitting = [key for key in keys if name in (key, key.partition(".")[2])]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise InputError(f'"{name}" could be {" or ".join(fitting)}.')
    near = get_close_matches(name, [*keys, *(key.partition(".")[2] for key in keys)], n=1)
    raise InputError(f'No plugin is called "{name}".' + (f" Did you mean {near[0]}?" if near else ""))


def _toggle(name: str, changes: Overrides, folder: Path, *, enabled: bool) -> AnswerShape:
    """Ask the engine that runs, or write the overlay; one that is broken already can be mended so.

    Raises:
        InputError: No plugin is meant, or the next start would be refused for a reason that is not there now.
    """
    from tidegate import boot  # noqa: PLC0415 - as above
    from tidegate.core.configuration.config import write_overlay  # noqa: PLC0415 - as above

    before = _draft(changes, folder)
    key = key_of(name, [card.key for card in before.host.cards()])
    if holder(folder) is not None:
        with journal_of(folder) as journal:
            return ask(journal, folder, "plugin", {"name": key, "enabled": str(enabled).lower()})
    if has_journal(folder):
        with journal_of(folder) as journal:
            _unlocked(journal.state())
    wrong, left = boot.mistakes(before), boot.mistakes(_draft(changes, folder, switch=(key, enabled)))
    if len(left) > len(wrong):
        raise InputError(
            "\n".join(_refusal(key, [each for each in left if each not in wrong], before, enabled=enabled))
        )
    write_overlay(folder / OVERLAY, f"{key}.enabled", enabled)
    said = f"{key} is {'on' if enabled else 'off'} from the next start ({folder / OVERLAY})."
    if left:
        said += f" That start is still refused; `tidegate config check` says why: {left[0]}"
    return AnswerShape(request=None, answered=False, ok=True, text=said)


def _refusal(key: str, why: list[str], setup: "Setup", *, enabled: bool) -> list[str]:
    """What a person reads whose switch would make the next start impossible."""
    said = [f"{key} was not switched {'on' if enabled else 'off'}: the next start would be refused.", *why]
    if not key.startswith("executors."):
        return [*said, "Set what it needs in config.toml first (`tidegate config init` writes one)."]
    on = [each.key for each in setup.host.cards() if each.kind == "executors" and each.enabled and each.key != key]
    new, old = (key, on or ["executors.NAME"]) if enabled else ("executors.NAME", [key])
    both = " and ".join([*(f"enabled = false in [{each}]" for each in old), f"enabled = true in [{new}]"])
    how = "Exactly one executor is on, so exchange it in one step, in config.toml (`tidegate config init` writes one)"
    return [*said, f"{how}: {both}."]


def _unlocked(state: State) -> None:
    """Raises InputError under a lockdown: it refuses what an engine over this folder would refuse."""
    why = locked(state, RequestReceived(id=0, who=WHO, name="plugin"))
    if why is not None:
        raise InputError(why)


def _shown(changes: Overrides, state_dir: Path | None) -> "Setup":
    """The configuration to look at: mistakes in it are told beside, for it takes looking to mend them."""
    from tidegate import boot  # noqa: PLC0415 - as above

    setup = _draft(changes, attached(state_dir))
    wrong = boot.mistakes(setup)
    for each in ["The next start is refused:", *wrong] if wrong else []:
        note(each)
    return setup


def _draft(changes: Overrides, folder: Path, *, switch: tuple[str, bool] | None = None) -> "Setup":
    from tidegate import boot  # noqa: PLC0415 - as above

    return boot.draft(config=changes.config, state_dir=folder, session=_session(folder), switch=switch)


def _setup(changes: Overrides, state_dir: Path | None) -> "Setup":
    """The configuration as an engine over the same folder would read it."""
    from tidegate import boot  # noqa: PLC0415 - as above

    folder = attached(state_dir)
    return boot.configure(
        config=changes.config, state_dir=folder, sets=changes.sets, without=changes.without, session=_session(folder)
    )


def _session(folder: Path) -> str | None:
    if not has_journal(folder):
        return None
    with journal_of(folder) as journal:
        return journal.state().session or None
