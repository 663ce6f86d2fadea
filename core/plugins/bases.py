"""The bases of plugins: a plugin is a frozen struct whose fields are its settings and whose methods are its behaviour.

Scorers, gates, exits and learners are pure: they read the state, never change it, and do no I/O. Sources, executors
and sinks act at the edge. Subclasses set `name` (unique within their kind) and add fields with defaults; the fields
are the plugin's table in config.toml, and unknown keys there are refused.
"""

from datetime import datetime
from typing import ClassVar, Literal, Protocol

import msgspec

from tidegate.core.configuration.kinds import PluginKind
from tidegate.core.domain.events import AccountSeen, BrokerSeen, Fact, Recorded
from tidegate.core.domain.orders import Order
from tidegate.core.domain.positions import Cell, ExitDecision, ExitLevel, Outcome, Position, Target
from tidegate.core.domain.rules import Cluster
from tidegate.core.domain.state import State
from tidegate.core.domain.values import OnError, Regime, Signal, Verdict
from tidegate.core.domain.values.broker import Identity


class Plugin(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all kinds."""

    kind: ClassVar[str] = ""
    name: ClassVar[str] = ""

    @classmethod
    def key(cls) -> str:
        """The plugin's name everywhere: "kind.name"."""
        return f"{cls.kind}.{cls.name}"

    def secrets(self) -> tuple[str, ...]:
        """The names of the keys it reads with `secret`, a key id first; a start without them is refused."""
        return ()


class Scorer(Plugin, frozen=True, kw_only=True):
    """One component of the composite score; its name is the component's."""

    kind: ClassVar[str] = PluginKind.SCORERS
    weight: float = 1.0

    def score(self, cluster: Cluster, state: State) -> float | None:
        """A value in [-1, 1], positive when it supports the cluster's direction; None (UNKNOWN) without data."""
        raise NotImplementedError


class Gate(Plugin, frozen=True, kw_only=True):
    """One condition on entries. `on_error` says what UNKNOWN means: "open" passes (visibly), "closed" blocks."""

    kind: ClassVar[str] = PluginKind.GATES
    on_error: OnError = OnError.CLOSED

    def check(self, signal: Signal, state: State) -> Verdict:
        """The verdict: build it with `passed`, `blocked` or `unknown`."""
        raise NotImplementedError

    def halt(self, state: State) -> str | None:  # noqa: ARG002 - a default for subclasses
        """A reason to latch a halt of entries now, asked whenever the account is seen; None for most gates."""
        return None


class Exit(Plugin, frozen=True, kw_only=True):
    """One reason to leave a position."""

    kind: ClassVar[str] = PluginKind.EXITS

    def check(self, position: Position, state: State) -> ExitDecision | None:
        """A decision to leave in full or in part, or None."""
        raise NotImplementedError

    def level(self, position: Position, state: State) -> ExitLevel | None:  # noqa: ARG002 - a default for subclasses
        """The price at which this rule would act next; None when it is not about a price."""
        return None

    def plan(self) -> tuple[Target, ...]:
        """Profit targets to store with a new position."""
        return ()


class Learner(Plugin, frozen=True, kw_only=True):
    """Turns outcomes into multipliers, over its own belief: cells named "REGIME/component".

    In `mode` "shadow" it goes on learning, but signals are scored with what was last promoted.
    """

    kind: ClassVar[str] = PluginKind.LEARNERS
    mode: Literal["apply", "shadow"] = "apply"

    def multipliers(self, regime: Regime, belief: dict[str, Cell]) -> dict[str, float]:
        """Component -> multiplier in this regime; components left out count as 1.0."""
        raise NotImplementedError

    def learn(self, outcome: Outcome, belief: dict[str, Cell]) -> dict[str, Cell]:
        """Cell name -> new value, for the cells this outcome moves and no others."""
        raise NotImplementedError


class Feed(Protocol):
    """What a source gets to publish with."""

    name: str
    cursor: int  # items of this source already journaled: skip that many, in order

    async def publish(self, *facts: tuple[datetime, Fact]) -> None:
        """Hand over facts with the times they became known, oldest first; waits while the engine is behind."""

    def now(self) -> datetime:
        """The engine's time."""

    def state(self) -> State:
        """The engine's state, to read."""


class Source(Plugin, frozen=True, kw_only=True):
    """Publishes alerts, quotes, bars and readings. A recorded source returns when it has said everything."""

    kind: ClassVar[str] = PluginKind.SOURCES
    recorded: ClassVar[bool] = False  # True: its facts carry their own times and the engine follows them
    says_as: ClassVar[str] = ""  # the `source` its facts carry, when it is not the plugin's own name

    def check(self) -> None:
        """Raise InputError before the run starts when what the settings name cannot be read."""

    def gauges(self) -> dict[str, object]:
        """What a screen may show: `limit_s`, the age in seconds above which its last fact is late; `quotas`, `plan`."""
        return {}

    async def stream(self, feed: Feed) -> None:
        """Publish until cancelled (or, for a recording, until its end)."""
        raise NotImplementedError


class Line(Protocol):
    """What an executor gets to answer with."""

    def now(self) -> datetime:
        """The engine's time."""

    def state(self) -> State:
        """The engine's state, to read."""

    def publish(self, at: datetime, fact: Fact) -> None:
        """Report a fact as of `at` (which may lie in the engine's future: a simulator's answer)."""


class Executor(Plugin, frozen=True, kw_only=True):
    """A venue. Every answer is a fact published on the line; the same client order id never trades twice."""

    kind: ClassVar[str] = PluginKind.EXECUTORS
    simulated: ClassVar[bool] = False  # True: answers at once, on the engine's own time
    reconciles: ClassVar[bool] = False  # True: `broker` answers, and the engine compares
    protects: ClassVar[bool] = False  # True: the venue can hold stop orders

    async def identity(self) -> Identity | None:
        """Whose account it is, asked of the venue before `open`; None when it cannot say, which live trading refuses.

        Raises:
            VenueError: The venue refused or did not answer; the message is a plain sentence.
        """
        return None

    async def open(self, line: Line) -> None:
        """Connect; called once before anything else that trades."""
        raise NotImplementedError

    async def submit(self, order: Order, at: datetime) -> None:
        """Send an order that was decided at `at`."""
        raise NotImplementedError

    async def find(self, order: Order) -> None:
        """Publish all the venue knows of the order's client order id, or OrderAbsent."""
        raise NotImplementedError

    async def cancel(self, order: Order) -> None:
        """Ask to cancel; the answer is OrderCanceled, or a fill that was faster."""
        raise NotImplementedError

    async def account(self, at: datetime) -> AccountSeen | None:
        """The account as of `at`; None when the venue does not answer."""
        raise NotImplementedError

    async def broker(self, at: datetime) -> BrokerSeen | None:  # noqa: ARG002 - a default for simulators
        """The venue's whole book as of `at`; None when it cannot be asked now (VenueUnavailable is published)."""
        return None

    def gauges(self) -> dict[str, object]:
        """What a screen may show of the connection; `skew_s`: seconds our clock is ahead of the venue's."""
        return {}

    async def close(self) -> None:
        """Disconnect."""


class Sink(Plugin, frozen=True, kw_only=True):
    """Hears of everything that was committed; never on the critical path."""

    kind: ClassVar[str] = PluginKind.SINKS

    async def record(self, recorded: Recorded) -> None:
        """One committed event."""
        raise NotImplementedError


BASES: dict[str, type[Plugin]] = {base.kind: base for base in (Source, Scorer, Gate, Exit, Learner, Executor, Sink)}
