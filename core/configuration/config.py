"""Layers of TOML become one frozen Config; every mistake is found at once, with its file, line and key.

Later layers win: shipped config.toml, a session's, the user's, the overlay that commands write, `--set`, `-p no:NAME`.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from tidegate.core.configuration.checks import Place, in_order, nearest, unknown_key, value_of
from tidegate.core.configuration.kinds import PluginKind
from tidegate.core.configuration.layers import Layer, Merged, Origin, merge, nested, read_layer, set_layer
from tidegate.core.configuration.overlay import write_overlay
from tidegate.core.configuration.renamed import as_now
from tidegate.core.domain.settings import Count, Seconds, Section, Settings, Size
from tidegate.core.errors import ConfigError

__all__ = ["Config", "Engine", "Mode", "Origin", "Table", "from_tables", "load", "write_overlay"]

Mode = Literal["paper", "live"]
SECTIONS = Settings.__struct_fields__


S = TypeVar("S", bound=Section)


class Engine(Section, frozen=True, kw_only=True):
    """[engine]: the loop's rhythm."""

    tick_s: Annotated[float, Meta(ge=0.1, le=600)] = 10.0  # exits that are due by time wait for a tick
    checkpoint_events: Count = 20_000
    group_events: Annotated[int, Meta(ge=1, le=1_000_000)] = 2_048
    clock: str = ""
    check_s: Seconds = 60.0


class Table(msgspec.Struct, frozen=True):
    """A plugin's table: whether it runs, its settings as written, and which layer decided that it runs.

    `unsure`: what it says of `enabled` is a mistake. Its settings are checked as if it ran, and no choice counts on it.
    """

    enabled: bool
    values: dict[str, Any]
    origin: Origin
    unsure: bool = False


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """What all layers say together. With `problems` it must not be used: `check` (or `Host.load`) refuses it.

    `plugins` holds a table for each plugin that is named, by key ("gates.concentration"), in the order of the files.
    """

    mode: Mode
    engine: Engine
    settings: Settings
    plugins: dict[str, Table]
    merged: Merged
    problems: tuple[str, ...] = ()

    @property
    def origins(self) -> dict[str, Origin]:
        """Where each effective value comes from, by dotted key."""
        return {key: origin for key, _, origin in self.effective()}

    def effective(self) -> list[tuple[str, object, Origin]]:
        """Every value in force as (dotted key, value, origin), those that only the code says last."""
        said = [(".".join(key), value, self.merged.origin(key)) for key, value in _leaves(self.merged.data)]
        known = {key for key, _, _ in said}
        code = {"mode": self.mode, "engine": self.engine, **msgspec.structs.asdict(self.settings)}
        default = [(".".join(key), value) for key, value in _leaves(msgspec.to_builtins(code))]
        default += [(f"{key}.enabled", table.enabled) for key, table in self.plugins.items()]
        return said + [(key, value, Origin("default")) for key, value in default if key not in known]

    def check(self) -> None:
        """Raise ConfigError with every mistake found while reading; `Host.load` adds those inside plugins' tables."""
        if self.problems:
            raise ConfigError(*in_order(self.problems))


def load(  # noqa: PLR0913 - one keyword per layer
    *,
    shipped: Path,
    session: Path | None = None,
    user: Path | None = None,
    overlay: Path | None = None,
    sets: Sequence[str] = (),
    without: Sequence[str] = (),
    switch: tuple[str, bool] | None = None,
) -> Config:
    """Read all layers; mistakes are collected in `Config.problems`, so that a plugin's can be told with them.

    Args:
        shipped: The defaults: config.toml of the distribution.
        session: The settings that belong to a bundled session.
        user: The human's file; never rewritten.
        overlay: What commands wrote with `write_overlay`.
        sets: "a.b.c=value" each, the value as in TOML; a bare word is a string.
        without: "no:NAME" each, a plugin's name or key to leave out.
        switch: A plugin's key, and whether it is on: the overlay as it would be.
    """
    problems: list[str] = []
    if user is not None and user.exists() and shipped.exists() and user.samefile(shipped):
        user = None  # a run inside a checkout: one file is not told of twice
    files = {"shipped": shipped, "session": session, "user": user, "overlay": overlay}
    layers = [read_layer(name, path, problems) for name, path in files.items() if path is not None]
    if switch is not None:
        layers.append(Layer("this command", None, nested([*switch[0].split(".", 1), "enabled"], switch[1])))
    layers += [set_layer(text, problems) for text in sets]
    named = merge(layers).data
    return _config(merge([*layers, *(_without(each, named, problems) for each in without)]), problems)


def from_tables(tables: dict[str, Any]) -> Config:
    """The configuration that these tables say, shaped as in config.toml: what a run wrote into its journal."""
    return _config(merge([Layer("journal", None, as_now(tables))]), [])


def _config(merged: Merged, problems: list[str]) -> Config:
    place = Place(merged, problems)
    _unknown(merged.data, place)
    _sizes(merged.data.get("size"), place / "size")
    return Config(
        mode=_mode(merged.data, place),
        engine=_section(Engine, merged.data.get("engine", {}), place / "engine"),
        settings=_section(Settings, {name: merged.data[name] for name in SECTIONS if name in merged.data}, place),
        plugins=_tables(merged.data, place),
        merged=merged,
        problems=tuple(problems),
    )


def _leaves(table: dict[str, Any], key: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*key, name))
        else:
            yield (*key, name), value


def _unknown(data: dict[str, Any], place: Place) -> None:
    known = ["mode", "engine", *SECTIONS, *PluginKind]
    for name in data:
        if name not in known:
            (place / name).note(unknown_key(name, known))


def _sizes(said: object, place: Place) -> None:
    """An order can be of at least `min_usd` and at most `max_usd` only when these leave room for it."""
    if not isinstance(said, dict):
        return
    least, most = said.get("min_usd", Size().min_usd), said.get("max_usd", Size().max_usd)
    if all(isinstance(each, int | float) for each in (least, most)) and least > most:
        (place / "min_usd").note(f"is {least}; must be at most max_usd, which is {most} ({(place / 'max_usd').origin})")


def _mode(data: dict[str, Any], place: Place) -> Mode:
    found: Mode | None = value_of(Mode, data["mode"], place / "mode") if "mode" in data else None
    return found or "paper"


def _section(kind: type[S], said: object, place: Place) -> S:
    """A section as the layers say it; mistakes are noted and leave the default."""
    decoded: S | None = value_of(kind, said, place)
    return kind() if decoded is None else decoded


def _tables(data: dict[str, Any], place: Place) -> dict[str, Table]:
    tables = {}
    for kind in PluginKind:
        named = data.get(kind, {})
        if not isinstance(named, dict):
            (place / kind).note(f"must be tables of plugins, such as [{kind}.NAME]")
            continue
        for name, values in named.items():
            here = place / kind / name
            if isinstance(values, dict):
                tables[f"{kind}.{name}"] = _table(values, here)
            else:
                here.note(f"must be a table of a plugin's settings: [{kind}.{name}]")
    return tables


def _table(values: dict[str, Any], place: Place) -> Table:
    said = "enabled" in values
    enabled: bool | None = value_of(bool, values["enabled"], place / "enabled") if said else True
    rest = {name: value for name, value in values.items() if name != "enabled"}
    origin = (place / "enabled" if said else place).origin
    return Table(enabled is not False, rest, origin, unsure=enabled is None)


def _without(text: str, named: dict[str, Any], problems: list[str]) -> Layer:
    """`-p no:NAME` as a layer that switches the plugin off."""
    word, _, wanted = text.partition(":")
    keys = [f"{kind}.{name}" for kind in PluginKind if isinstance(named.get(kind), dict) for name in named[kind]]
    fitting = [key for key in keys if wanted in (key, key.partition(".")[2])]
    if word == "no" and len(fitting) == 1:
        return Layer("-p", None, nested([*fitting[0].split(".", 1), "enabled"], value=False))
    if word != "no" or not wanted:
        problems.append(f"-p: {text!r} is not no:NAME; write for example -p no:ignition")
    elif fitting:
        problems.append(f"-p: {text!r} could be {' or '.join(fitting)}; write the whole key")
    else:
        names = [*keys, *(key.partition(".")[2] for key in keys)]
        problems.append(f"-p: no plugin called {wanted!r} is configured{nearest(wanted, names)}")
    return Layer("-p", None, {})
