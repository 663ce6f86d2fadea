"""Finds, blocks, validates and builds plugins: pluggy finds classes, plain typed calls run them.

Built-ins come through the same hooks as third parties: by dotted name, so that nothing here imports them, and one
that is off is never imported. A third party's plugin that fails is named in `problems` and the rest runs.
"""

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

import msgspec
import pluggy

from tidegate.core.configuration.checks import in_order, nearest
from tidegate.core.configuration.config import Config, Origin, Table
from tidegate.core.errors import ConfigError, PluginError
from tidegate.core.plugins import hookspecs
from tidegate.core.plugins.bases import BASES, Plugin
from tidegate.core.plugins.cards import Card, Problem
from tidegate.core.plugins.roster import Roster, told

__all__ = ["GROUP", "MODULES", "Card", "Host", "Problem"]

GROUP = "tidegate.plugins"
ROOM = "tidegate.plugins."
BUILTINS = (
    "tidegate.plugins.sources.recording.plugin",
    "tidegate.plugins.sources.alpaca_market.plugin",
    "tidegate.plugins.sources.unusual_whales.plugin",
    "tidegate.plugins.scorers.alerts.options_flow",
    "tidegate.plugins.scorers.alerts.whale_persistence",
    "tidegate.plugins.scorers.alerts.temporal_motif",
    "tidegate.plugins.scorers.readings.dark_pool",
    "tidegate.plugins.scorers.readings.market_tide",
    "tidegate.plugins.scorers.readings.net_premium_trend",
    "tidegate.plugins.scorers.readings.greeks_gamma",
    "tidegate.plugins.scorers.readings.iv_rank",
    "tidegate.plugins.scorers.readings.oi_change",
    "tidegate.plugins.scorers.readings.congress",
    "tidegate.plugins.scorers.readings.insider",
    "tidegate.plugins.scorers.readings.institutional",
    "tidegate.plugins.scorers.readings.shorts_squeeze",
    "tidegate.plugins.scorers.readings.calendar_catalyst",
    "tidegate.plugins.scorers.readings.ftd_pressure",
    "tidegate.plugins.scorers.readings.etf_flow",
    "tidegate.plugins.gates.concentration",
    "tidegate.plugins.gates.ignition",
    "tidegate.plugins.gates.threshold",
    "tidegate.plugins.gates.coverage",
    "tidegate.plugins.gates.cooldown",
    "tidegate.plugins.gates.pace",
    "tidegate.plugins.gates.max_positions",
    "tidegate.plugins.gates.already_positioned",
    "tidegate.plugins.gates.fresh_account",
    "tidegate.plugins.gates.session",
    "tidegate.plugins.gates.spread",
    "tidegate.plugins.gates.exposure",
    "tidegate.plugins.gates.buying_power",
    "tidegate.plugins.gates.risk_limits",
    "tidegate.plugins.gates.halt",
    "tidegate.plugins.exits.stop",
    "tidegate.plugins.exits.trailing",
    "tidegate.plugins.exits.target",
    "tidegate.plugins.exits.time_limit",
    "tidegate.plugins.exits.stale",
    "tidegate.plugins.learners.regime_beta",
    "tidegate.plugins.executors.paper.plugin",
    "tidegate.plugins.executors.alpaca.plugin",
)


def _key(module: str) -> str:
    """A built-in's key: its kind is the first folder, its name the file's, or the folder's of a file "plugin"."""
    kind, *_, name = module.removeprefix(ROOM).removesuffix(".plugin").split(".")
    return f"{kind}.{name}"


MODULES = {_key(module): module for module in BUILTINS}
AT_START = ("sources", "executors", "sinks")  # the loop holds these for a whole run


class Host(Roster):
    """The plugins of one run: `load` finds them, `enable` switches them while the engine runs."""

    built_in = tuple(MODULES)

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self._entries = tuple(entry_points(group=GROUP))
        self._offers: dict[str, dict[str, type[Plugin]]] = {}  # key -> provider -> class

    def load(self) -> None:
        """Find and build every enabled plugin.

        Raises:
            ConfigError: Every mistake in the configuration at once, those found while reading it included.
            PluginError: A built-in fails.
        """
        mistakes = [*self._config.problems]
        possible = [key for key in self._tables if self._exists(key, mistakes)]
        wanted = [key for key in possible if self._tables[key].enabled]
        for key in self._tables.keys() - wanted:
            self._manager.set_blocked(key)
        for key in wanted:
            self._find(key)
        for key in wanted:
            self._choose(key, mistakes)
        choice = self._choice_of_executor()
        mistakes += [choice] if choice else []
        if mistakes:
            raise ConfigError(*in_order(mistakes))

    def enable(self, key: str, *, enabled: bool) -> None:
        """Switch a scorer, gate, exit or learner on or off; `rules` says so from now on.

        Raises:
            PluginError: The plugin is unknown, fails, or is of a kind that is chosen at the start.
            ConfigError: Its settings are wrong.
        """
        if key.partition(".")[0] in AT_START:
            raise PluginError(f"{key} cannot be switched while the engine runs; stop the engine first")
        table = self._tables.get(key, Table(enabled, {}, Origin("default")))
        if enabled and key not in self._plugins:
            self._load_late(key, table)
        self._tables[key] = msgspec.structs.replace(table, enabled=enabled)

    def cards(self) -> list[Card]:
        """Every plugin that can be had, configured or not; nothing is imported for it."""
        return [self._card(key) for key in dict.fromkeys([*self._tables, *self._known()])]

    def _load_late(self, key: str, table: Table) -> None:
        if key not in self.built_in and not self._entries_of(key):
            raise PluginError(f"no plugin is called {key}{nearest(key, self._known())}")
        mistakes: list[str] = []
        self.problems = [each for each in self.problems if each.plugin != key]
        before = dict(self._tables)
        self._tables[key] = table
        self._manager.unblock(key)
        self._find(key)
        self._choose(key, mistakes)
        if key not in self._plugins:
            self._tables = before
            raise ConfigError(*mistakes) if mistakes else PluginError(str(self._problem(key)))

    def _known(self) -> list[str]:
        return [*self.built_in, *(entry.name for entry in self._entries if entry.name.partition(".")[0] in BASES)]

    def _entries_of(self, key: str) -> list[EntryPoint]:
        return [entry for entry in self._entries if entry.name in (key, key.partition(".")[2])]

    def _exists(self, key: str, mistakes: list[str]) -> bool:
        if key in self.built_in or self._entries_of(key):
            return True
        origin = self._config.merged.origin(tuple(key.split(".", 1)))
        mistakes.append(f"{origin}: {key}: no such plugin is installed{nearest(key, self._known())}")
        return False

    def _find(self, key: str) -> None:
        """Import and register whoever may offer a plugin, and collect the classes on offer."""
        if key in self.built_in:
            self._register(key, key, lambda: import_module(MODULES[key]))
            for entry in self._rivals(key):
                self._fail(f"{entry.name} = {entry.value}", "duplicate", f"{key} is built in")
            return
        for entry in self._entries_of(key):
            self._register(key, f"{entry.name} = {entry.value}", entry.load)

    def _rivals(self, key: str) -> list[EntryPoint]:
        """Entry points that can only mean a built-in's place."""
        others = {each.partition(".")[2] for each in self._tables if each not in self.built_in}
        return [entry for entry in self._entries_of(key) if entry.name not in others]

    def _register(self, key: str, provider: str, load: Callable[[], object]) -> None:
        try:
            offering = load()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a stranger's module may raise anything
            self._fail(key, "import", told(error))
            return
        if self._manager.is_registered(offering):
            return  # two entry points name one module
        try:
            self._manager.register(offering, provider)
            self._manager.check_pending()
        except Exception as error:  # noqa: BLE001 - as above
            if self._manager.is_registered(offering):
                self._manager.unregister(offering)
            self._fail(key, "hook", told(error))
            return
        others = [each for each in self._manager.get_plugins() if each is not offering]
        for kind in BASES:
            self._collect(key, provider, kind, self._manager.subset_hook_caller(f"tidegate_{kind}", others))

    def _collect(self, key: str, provider: str, kind: str, hook: Callable[[], list[list[object]]]) -> None:
        try:
            offered = [each for classes in hook() for each in classes]
        except Exception as error:  # noqa: BLE001 - a stranger's hook may raise anything
            self._fail(key, "hook", told(error))
            return
        for each in offered:
            if isinstance(each, type) and issubclass(each, BASES[kind]) and each.name:
                self._offers.setdefault(each.key(), {})[provider] = each
            else:
                self._fail(key, "hook", f"tidegate_{kind} offers {each!r}, which is no named {BASES[kind].__name__}")

    def _choose(self, key: str, mistakes: list[str]) -> None:
        """Build the one class that is on offer under a key; a built-in is never replaced."""
        offers = self._offers.get(key, {})
        own = offers.get(key) if key in self.built_in else None
        if own is not None:
            for provider in offers.keys() - {key}:
                self._fail(provider, "duplicate", f"{key} is built in")
            self._build(key, own, mistakes)
        elif len(offers) > 1:
            self._fail(key, "duplicate", f"offered by {' and by '.join(sorted(offers))}")
        elif offers:
            self._build(key, next(iter(offers.values())), mistakes)
        elif self._problem(key) is None:
            self._fail(key, "hook", f"no such class is offered; tidegate_{key.partition('.')[0]} must return it")
