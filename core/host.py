"""Finds, blocks, validates and builds plugins: pluggy finds classes, plain typed calls run them.

Built-ins come through the same hooks as third parties: by dotted name, so that nothing here imports them, and one
that is off is never imported. A third party's plugin that fails is named in `problems` and the rest runs.
"""

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

import msgspec
import pluggy

from core import hookspecs
from core.cards import Card, Problem
from core.config import Config, Origin, Table
from core.config_check import in_order, nearest
from core.errors import ConfigError, PluginError
from core.plugin import BASES, Plugin
from core.roster import Roster, told

__all__ = ["BUILTINS", "GROUP", "Card", "Host", "Problem"]

GROUP = "tidegate.plugins"
ROOM = "plugins."
BUILTINS = (
    "plugins.sources.recording",
    "plugins.sources.alpaca_market",
    "plugins.sources.unusual_whales",
    "plugins.scorers.options_flow",
    "plugins.scorers.whale_persistence",
    "plugins.scorers.temporal_motif",
    "plugins.scorers.dark_pool",
    "plugins.scorers.market_tide",
    "plugins.scorers.net_premium_trend",
    "plugins.scorers.greeks_gamma",
    "plugins.scorers.iv_rank",
    "plugins.scorers.oi_change",
    "plugins.scorers.congress",
    "plugins.scorers.insider",
    "plugins.scorers.institutional",
    "plugins.scorers.shorts_squeeze",
    "plugins.scorers.calendar_catalyst",
    "plugins.scorers.ftd_pressure",
    "plugins.scorers.etf_flow",
    "plugins.gates.concentration",
    "plugins.gates.ignition",
    "plugins.gates.threshold",
    "plugins.gates.coverage",
    "plugins.gates.cooldown",
    "plugins.gates.pace",
    "plugins.gates.max_positions",
    "plugins.gates.already_positioned",
    "plugins.gates.fresh_account",
    "plugins.gates.session",
    "plugins.gates.spread",
    "plugins.gates.exposure",
    "plugins.gates.buying_power",
    "plugins.gates.risk_limits",
    "plugins.gates.halt",
    "plugins.exits.stop",
    "plugins.exits.trailing",
    "plugins.exits.target",
    "plugins.exits.time_limit",
    "plugins.exits.stale",
    "plugins.learners.regime_beta",
    "plugins.executors.paper",
    "plugins.executors.alpaca",
)
AT_START = ("sources", "executors", "sinks")  # the loop holds these for a whole run


class Host(Roster):
    """The plugins of one run: `load` finds them, `enable` switches them while the engine runs."""

    built_in = tuple(module.removeprefix(ROOM) for module in BUILTINS)

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
            self._register(key, key, lambda: import_module(ROOM + key))
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
