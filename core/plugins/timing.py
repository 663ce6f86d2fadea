"""Plugins' calls, measured: each plugin behind a wrapper of its kind that counts calls, failures and time."""

from collections.abc import Callable
from time import perf_counter_ns
from typing import ParamSpec, TypeVar

import msgspec

from tidegate.core.domain.positions import Cell, ExitDecision, ExitLevel, Outcome, Position, Target
from tidegate.core.domain.rules import Cluster, Exit, Gate, Learner, Rules, Scorer
from tidegate.core.domain.state import State
from tidegate.core.domain.values import OnError, Regime, Signal, Verdict

P = ParamSpec("P")
R = TypeVar("R")
RING = 512  # calls that the percentiles look back on


class Meter:
    """Counts of one plugin, and the time of its last calls."""

    __slots__ = ("_ring", "calls", "failures")

    def __init__(self) -> None:
        self.calls = self.failures = 0
        self._ring = [0] * RING

    def run(self, call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call and measure; what the call raises is counted and raised."""
        begun = perf_counter_ns()
        try:
            return call(*args, **kwargs)
        except Exception:
            self.failures += 1
            raise
        finally:
            self._ring[self.calls % RING] = perf_counter_ns() - begun
            self.calls += 1

    def summary(self) -> dict[str, int | float]:
        """Calls and failures since the start; median and 99th percentile of the last calls, in microseconds."""
        times = sorted(self._ring[: min(self.calls, RING)]) or [0]
        p50, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
        return {"calls": self.calls, "failures": self.failures, "p50_us": p50 / 1000, "p99_us": p99 / 1000}


class TimedScorer:
    """A scorer, measured."""

    def __init__(self, scorer: Scorer, meter: Meter) -> None:
        self._scorer, self._meter = scorer, meter
        self.weight = scorer.weight

    def score(self, cluster: Cluster, state: State) -> float | None:
        """The scorer's own answer."""
        return self._meter.run(self._scorer.score, cluster, state)


class TimedGate:
    """A gate, measured."""

    def __init__(self, gate: Gate, meter: Meter) -> None:
        self._gate, self._meter = gate, meter
        self.on_error: OnError = gate.on_error

    def check(self, signal: Signal, state: State) -> Verdict:
        """The gate's own answer."""
        return self._meter.run(self._gate.check, signal, state)

    def halt(self, state: State) -> str | None:
        """The gate's own reason to halt; not measured: it is asked only when the account is seen."""
        return self._gate.halt(state)


class TimedExit:
    """An exit, measured; its plan is not: it is asked once per position."""

    def __init__(self, rule: Exit, meter: Meter) -> None:
        self._rule, self._meter = rule, meter

    def check(self, position: Position, state: State) -> ExitDecision | None:
        """The exit's own answer."""
        return self._meter.run(self._rule.check, position, state)

    def level(self, position: Position, state: State) -> ExitLevel | None:
        """The exit's own answer."""
        return self._meter.run(self._rule.level, position, state)

    def plan(self) -> tuple[Target, ...]:
        """The exit's own answer."""
        return self._rule.plan()


class TimedLearner:
    """A learner, measured."""

    def __init__(self, learner: Learner, meter: Meter) -> None:
        self._learner, self._meter = learner, meter

    def multipliers(self, regime: Regime, belief: dict[str, Cell]) -> dict[str, float]:
        """The learner's own answer."""
        return self._meter.run(self._learner.multipliers, regime, belief)

    def learn(self, outcome: Outcome, belief: dict[str, Cell]) -> dict[str, Cell]:
        """The learner's own answer."""
        return self._meter.run(self._learner.learn, outcome, belief)


def timed(rules: Rules, meters: dict[str, Meter]) -> Rules:
    """The same rules behind wrappers; a plugin without a meter in `meters` gets one there."""

    def meter(key: str) -> Meter:
        return meters.setdefault(key, Meter())

    return msgspec.structs.replace(
        rules,
        scorers=tuple((key, TimedScorer(each, meter(key))) for key, each in rules.scorers),
        gates=tuple((key, TimedGate(each, meter(key))) for key, each in rules.gates),
        exits=tuple((key, TimedExit(each, meter(key))) for key, each in rules.exits),
        learners=tuple((key, TimedLearner(each, meter(key))) for key, each in rules.learners),
    )
