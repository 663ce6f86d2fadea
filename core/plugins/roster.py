"""The plugins of one run once they are found: built from their tables, asked for by kind, told of, and measured."""

from pathlib import Path
from typing import Any, TypeVar

import msgspec

from tidegate.core import calendar
from tidegate.core.configuration.checks import Place, fields
from tidegate.core.configuration.config import Config, Origin
from tidegate.core.domain.rules import Rules, always
from tidegate.core.errors import ConfigError, PluginError
from tidegate.core.installed_code import digest_of, places
from tidegate.core.journaling.restore import DOMAIN
from tidegate.core.plugins.bases import Executor, Exit, Gate, Learner, Plugin, Scorer, Sink, Source
from tidegate.core.plugins.cards import Card, Problem, Stage, card, stand_in
from tidegate.core.plugins.timing import Meter, timed

K = TypeVar("K", bound=Plugin)
ROOM_DEPTH = len(("tidegate", "plugins", "gates"))
DECIDING = Scorer | Gate | Exit | Learner


class Roster:
    """Tables and plugins by key, in the order of configuration. `problems` names what is left out, and why."""

    built_in: tuple[str, ...] = ()

    def __init__(self, config: Config) -> None:
        self.problems: list[Problem] = []
        self._config, self._tables = config, dict(config.plugins)
        self._plugins: dict[str, Plugin] = {}
        self._meters: dict[str, Meter] = {}

    def rules(self) -> Rules:
        """The settings and the enabled plugins that decide.

        A gate that could not be loaded is not forgotten: it answers UNKNOWN, and its `on_error` decides.
        """
        return Rules(
            settings=self._config.settings,
            scorers=self._running(Scorer),
            gates=self._running(Gate),
            exits=self._running(Exit),
            learners=self._running(Learner),
            is_open=calendar.may_be_open if self._config.settings.orders.wait_for_open else always,
        )

    def shadows(self) -> tuple[str, ...]:
        """The enabled learners that are in shadow mode."""
        return tuple(key for key, learner in self._running(Learner) if learner.mode == "shadow")

    def addresses(self) -> list[tuple[str, str, str]]:
        """Where enabled plugins connect to: (key, setting, URL)."""
        return [
            (key, name, value)
            for key, plugin in self._running(Plugin)
            for name, value in msgspec.structs.asdict(plugin).items()
            if name.endswith("_url") and isinstance(value, str) and value
        ]

    def sources(self) -> tuple[tuple[str, Source], ...]:
        """The enabled sources, as (key, source)."""
        return self._running(Source)

    def sinks(self) -> tuple[tuple[str, Sink], ...]:
        """The enabled sinks, as (key, sink)."""
        return self._running(Sink)

    def executor(self) -> Executor:
        """The one enabled executor. Raises ConfigError when there is none, or more than one."""
        found = self._running(Executor)
        if len(found) != 1:
            raise ConfigError(self._choice_of_executor() or "executors: none could be loaded")
        return found[0][1]

    def cards(self) -> list[Card]:
        """Every plugin that is configured, enabled or not; nothing is imported for it."""
        return [self._card(key) for key in self._tables]

    def effective(self) -> list[tuple[str, object, Origin]]:
        """Every value in force as (dotted key, value, origin): the files', then what only the plugins' code says."""
        said = self._config.effective()
        named = {key: set(table.values) for key, table in self._tables.items()}
        silent = [
            (f"{each.key}.{name}", value, Origin("default"))
            for each in self.cards()
            for name, value in each.settings.items()
            if each.loaded and name not in named.get(each.key, ())
        ]
        return [*said, *silent]

    def canonical(self) -> str:
        """The configuration in force as JSON with sorted keys, shaped like config.toml, defaults included.

        It holds no secrets: settings only name them.
        """
        told: dict[str, Any] = {"mode": self._config.mode, "engine": self._config.engine}
        told |= msgspec.structs.asdict(self._config.settings)
        for key in self._tables:
            each = self._card(key)
            told.setdefault(each.kind, {})[each.name] = {**each.settings, "enabled": each.enabled}
        return msgspec.json.encode(msgspec.to_builtins(told, order="sorted"), order="sorted").decode()

    def code(self) -> str:
        """Identifies the code that decides: the domain, the calendar, and the packages of the plugins that decide.

        Raises:
            PluginError: It cannot be read.
        """
        deciding = {package_of(type(plugin)) for _, plugin in self._running(Plugin) if isinstance(plugin, DECIDING)}
        packages = [place for package in (DOMAIN, *sorted(deciding)) for place in places(package)]
        return digest_of(Path(calendar.__file__), Path(str(calendar.TABLE)), *packages).hex()[:16]

    def timed(self, rules: Rules) -> Rules:
        """The same rules, with every call measured for `timings`."""
        return timed(rules, self._meters)

    def timings(self) -> dict[str, dict[str, int | float]]:
        """By key: calls, failures, p50_us and p99_us (microseconds, over the last 512 calls)."""
        return {key: meter.summary() for key, meter in self._meters.items()}

    def _build(self, key: str, kind: type[Plugin], mistakes: list[str]) -> None:
        """Decode a plugin's table, noting every mistake in it, and build the plugin."""
        place = Place(self._config.merged, mistakes, tuple(key.split(".", 1)))
        noted = len(mistakes)
        try:
            values = fields(kind, self._tables[key].values, place, also=("enabled",))
            if len(mistakes) == noted:
                self._plugins[key] = kind(**values)
        except Exception as error:  # noqa: BLE001 - a stranger's class may raise anything
            if key in self.built_in and isinstance(error, ValueError):
                changed = [name for name in self._tables[key].values if (place / name).origin.layer != "shipped"]
                mistakes.append(f"{(place / changed[-1] if changed else place).origin}: {place}: {error}")
            else:
                self._fail(key, "build", told(error))

    def _fail(self, plugin: str, stage: Stage, reason: str) -> None:
        """Note why a plugin is left out. Raises PluginError for a built-in: that is our fault."""
        problem = Problem(plugin, stage, reason)
        if plugin in self.built_in:
            raise PluginError(f"{problem}; it is built in, so this is a fault of Tidegate's")
        self.problems.append(problem)

    def _problem(self, key: str) -> Problem | None:
        return next((each for each in self.problems if each.plugin == key), None)

    def _card(self, key: str) -> Card:
        return card(key, self._tables.get(key), self._plugins.get(key), self._problem(key))

    def _running(self, kind: type[K]) -> tuple[tuple[str, K], ...]:
        enabled = [key for key, table in self._tables.items() if table.enabled]
        standing = [(key, self._plugins.get(key) or self._stand_in(key)) for key in enabled]
        return tuple((key, plugin) for key, plugin in standing if isinstance(plugin, kind))

    def _stand_in(self, key: str) -> Gate | None:
        problem = self._problem(key)
        return stand_in(self._tables[key], problem) if problem is not None and key.startswith("gates.") else None

    def _choice_of_executor(self) -> str | None:
        """What is wrong with the choice of executor; install order never chooses a broker."""
        named = {key: table for key, table in self._tables.items() if key.startswith("executors.")}
        if any(table.unsure for table in named.values()):
            return None  # the mistake is told, and nobody knows what was meant
        chosen = [f"{key} ({table.origin})" for key, table in named.items() if table.enabled]
        if len(chosen) > 1:
            return f"executors: {' and '.join(chosen)} are enabled; exactly one may be"
        if not chosen:
            off = ", ".join(f"{key} (off: {table.origin})" for key, table in named.items())
            return f"executors: none is enabled; enable one of {off or '[executors.paper]'}"
        return next((f"executors: {each}" for each in self.problems if each.plugin in named), None)


def package_of(kind: type[Plugin]) -> str:
    """The package whose files make a plugin: a built-in's room, and all of a third party's package."""
    parts = kind.__module__.split(".")
    return ".".join(parts[:ROOM_DEPTH] if parts[0] == "tidegate" else parts[:1])


def told(error: BaseException) -> str:
    """An exception in one line: its type and the first line of what it says."""
    said = str(error).strip().splitlines()
    return f"{type(error).__name__}: {said[0]}" if said else type(error).__name__
