"""The hooks: one for each kind of plugin, called once, at load, to collect classes.

A plugin package names a module in the entry point group `tidegate.plugins`; the module offers its classes through
these hooks, as the built-in plugins do. The examples are whole modules, and a test runs each of them.
"""

import pluggy

from tidegate.core.plugins.bases import Executor, Exit, Gate, Learner, Scorer, Sink, Source

PROJECT = "tidegate"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def tidegate_sources() -> list[type[Source]]:
    """Classes that publish alerts, quotes, bars and readings.

    Example:
        from typing import ClassVar

        from tidegate import Feed, Quote, QuoteSeen, Source, hookimpl

        class Constant(Source, frozen=True, kw_only=True):
            \"\"\"Says the same price (US dollars) once.\"\"\"

            name: ClassVar[str] = "constant"
            symbol: str = "SPY"
            price: float = 100.0

            async def stream(self, feed: Feed) -> None:
                if feed.cursor == 0:  # after a restart, what was journaled is not said again
                    quote = Quote(symbol=self.symbol, at=feed.now(), last=self.price)
                    await feed.publish((quote.at, QuoteSeen(source=feed.name, cursor=1, quote=quote)))

        @hookimpl
        def tidegate_sources() -> list[type[Source]]:
            return [Constant]
    """
    raise NotImplementedError


@hookspec
def tidegate_scorers() -> list[type[Scorer]]:
    """Classes that score one component; the class's name is the component's.

    Example:
        from typing import ClassVar

        from tidegate import UNKNOWN, Cluster, Scorer, State, hookimpl

        class ManyMembers(Scorer, frozen=True, kw_only=True):
            \"\"\"1 when a cluster has `full` alerts or more, less in proportion; UNKNOWN for a symbol never seen.\"\"\"

            name: ClassVar[str] = "many_members"
            full: int = 10

            def score(self, cluster: Cluster, state: State) -> float | None:
                if cluster.symbol not in state.symbols:
                    return UNKNOWN
                return min(1.0, len(cluster.members) / self.full)

        @hookimpl
        def tidegate_scorers() -> list[type[Scorer]]:
            return [ManyMembers]
    """
    raise NotImplementedError


@hookspec
def tidegate_gates() -> list[type[Gate]]:
    """Classes that let an entry pass, block it, or say that they cannot know.

    Example:
        from typing import ClassVar

        from tidegate import Gate, Signal, State, Verdict, blocked, hookimpl, passed

        class NotToday(Gate, frozen=True, kw_only=True):
            \"\"\"Blocks the symbols in `symbols`.\"\"\"

            name: ClassVar[str] = "not_today"
            symbols: tuple[str, ...] = ()

            def check(self, signal: Signal, state: State) -> Verdict:
                if signal.symbol in self.symbols:
                    return blocked(f"{signal.symbol} is not traded today")
                return passed()

        @hookimpl
        def tidegate_gates() -> list[type[Gate]]:
            return [NotToday]
    """
    raise NotImplementedError


@hookspec
def tidegate_exits() -> list[type[Exit]]:
    """Classes that decide to leave a position, in full or in part.

    Example:
        from typing import ClassVar

        from tidegate import Exit, ExitDecision, Position, Regime, State, hookimpl

        class LeaveInPanic(Exit, frozen=True, kw_only=True):
            \"\"\"Leaves every position in full while the regime is PANIC.\"\"\"

            name: ClassVar[str] = "leave_in_panic"

            def check(self, position: Position, state: State) -> ExitDecision | None:
                if state.regime.regime is not Regime.PANIC or state.price(position.symbol) is None:
                    return None
                return ExitDecision(rule=self.name, quantity=position.quantity, full=True, reason="PANIC")

        @hookimpl
        def tidegate_exits() -> list[type[Exit]]:
            return [LeaveInPanic]
    """
    raise NotImplementedError


@hookspec
def tidegate_learners() -> list[type[Learner]]:
    """Classes that turn outcomes into multipliers of components.

    Example:
        from typing import ClassVar

        from tidegate import Cell, Learner, Outcome, Regime, hookimpl

        class Forgetful(Learner, frozen=True, kw_only=True):
            \"\"\"Learns nothing and leaves every component as it is.\"\"\"

            name: ClassVar[str] = "forgetful"

            def multipliers(self, regime: Regime, belief: dict[str, Cell]) -> dict[str, float]:
                return {}

            def learn(self, outcome: Outcome, belief: dict[str, Cell]) -> dict[str, Cell]:
                return {}

        @hookimpl
        def tidegate_learners() -> list[type[Learner]]:
            return [Forgetful]
    """
    raise NotImplementedError


@hookspec
def tidegate_executors() -> list[type[Executor]]:
    """Classes that trade at a venue; exactly one is enabled.

    Example:
        from datetime import datetime
        from typing import ClassVar

        from tidegate import AccountSeen, Executor, Line, Order, hookimpl

        class Nowhere(Executor, frozen=True, kw_only=True):
            \"\"\"A venue that never answers: orders stay unanswered, the account unknown.\"\"\"

            name: ClassVar[str] = "nowhere"

            async def open(self, line: Line) -> None: ...

            async def submit(self, order: Order, at: datetime) -> None: ...

            async def find(self, order: Order) -> None: ...

            async def cancel(self, order: Order) -> None: ...

            async def account(self, at: datetime) -> AccountSeen | None:
                return None

        @hookimpl
        def tidegate_executors() -> list[type[Executor]]:
            return [Nowhere]
    """
    raise NotImplementedError


@hookspec
def tidegate_sinks() -> list[type[Sink]]:
    """Classes that hear of every committed event.

    Example:
        from pathlib import Path
        from typing import ClassVar

        from tidegate import Recorded, Sink, hookimpl

        class Kinds(Sink, frozen=True, kw_only=True):
            \"\"\"Writes the kind of each event to a file, one per line.\"\"\"

            name: ClassVar[str] = "kinds"
            path: str = "kinds.txt"

            async def record(self, recorded: Recorded) -> None:
                with Path(self.path).open("a") as file:
                    print(type(recorded.event).__name__, file=file)

        @hookimpl
        def tidegate_sinks() -> list[type[Sink]]:
            return [Kinds]
    """
    raise NotImplementedError
