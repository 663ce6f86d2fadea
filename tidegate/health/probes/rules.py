"""The idiom of the probes, and those that need nothing but settings and plugins."""

import asyncio
from datetime import timedelta
from importlib.util import find_spec

from tidegate.core.calls.budget import LimitedError
from tidegate.core.calls.circuit import TRIPS, Circuit
from tidegate.core.calls.retrying import UnsureError, retrying
from tidegate.core.domain import events as e
from tidegate.core.domain.rules import Gate, Rules
from tidegate.core.domain.settings import Settings
from tidegate.core.domain.signals.judging import judge
from tidegate.core.domain.signals.queueing import backoff_s
from tidegate.core.domain.state import State, decode_state, encode_state
from tidegate.core.domain.values import Direction, Regime, Verdict
from tidegate.health.probes.scratch import Scratch, rules_of
from tidegate.testing import NOW, a_position, a_quote, a_signal, a_state

CONCENTRATION = "gates.concentration"
SHORT_S = 0.001


class BrokenError(Exception):
    """The capability is not there; the text says what was seen instead."""


class UnknownError(Exception):
    """It cannot be told."""


class OffError(Exception):
    """It is not in use."""


def require(*, that: bool, else_: str) -> None:
    """Go on only when it is so."""
    if not that:
        raise BrokenError(else_)


def back_off(settings: Settings) -> str:
    """Pauses double up to their cap; a circuit opens and closes; what may be repeated is, and nothing else."""
    orders = settings.orders
    first, cap = orders.backoff_first_s, orders.backoff_max_s
    pauses = [backoff_s(attempt, orders) for attempt in range(1, 40)]
    expected = [min(cap, first * 2.0**number) for number in range(39)]
    require(that=pauses == expected, else_=f"the pauses are {pauses[:6]}, not {expected[:6]}")
    _retried(settings, pauses[0])
    _circuit()
    said = f"pauses {first:g} s, doubling up to {cap:g} s; a circuit opens after {TRIPS} failures"
    if find_spec("stamina") is None:
        return f"{said}; repeated calls are not installed, and no venue that needs them can be"
    asyncio.run(_repeated())
    return f"{said}; a call limited twice came through at the third try; one of unknown fate was not repeated"


def _retried(settings: Settings, pause_s: float) -> None:
    """Outside the queue's regimes the same order is sent again after the pause, and not before."""
    regime = next((each for each in Regime if each not in settings.queue.regimes), None)
    if regime is None or settings.orders.lifetime_s <= pause_s * 1.1 + 4.0:
        return
    scratch = Scratch(rules_of(settings), regime=regime)
    name = scratch.enter().client_order_id
    if any(isinstance(each, e.SignalQueued) for each in scratch.tell(_limit(name, scratch))):
        return  # the queue's matter
    early = scratch.tell(e.Tick(), after_s=pause_s * 0.9)
    late = scratch.tell(e.Tick(), after_s=pause_s * 0.2)
    tries = [[each.client_order_id for each in said if isinstance(each, e.OrderRetried)] for said in (early, late)]
    require(that=tries[0] == [], else_=f"an order was sent again before {pause_s:g} s")
    require(that=tries[1] == [name], else_=f"an order was not sent again after {pause_s:g} s")


def _limit(name: str, scratch: Scratch, *, for_s: float = 0.0) -> e.RateLimited:
    return e.RateLimited(client_order_id=name, until=scratch.at + timedelta(seconds=for_s))


def _circuit() -> None:
    now = [NOW]
    circuit = Circuit("probe", now=lambda: now[0])
    for _ in range(TRIPS):
        require(that=circuit.lets(), else_=f"a circuit opened before {TRIPS} failures")
        circuit.failed("probe")
    require(that=not circuit.lets(), else_=f"a circuit stays closed after {TRIPS} failures")
    now[0] += timedelta(seconds=circuit.wait_s())
    require(that=circuit.lets() and not circuit.lets(), else_="a half-open circuit does not let one call through")
    circuit.succeeded()
    require(that=circuit.lets(), else_="a circuit stays open after an answer")


async def _repeated() -> None:
    limited, unsure = _Failing(LimitedError("429", wait_s=SHORT_S), times=2), _Failing(UnsureError("lost"), times=1)
    await retrying(limited.call, first_s=SHORT_S)
    require(that=limited.calls == 3, else_=f"a call that was limited twice was made {limited.calls} times")
    try:
        await retrying(unsure.call, first_s=SHORT_S)
    except UnsureError:
        return
    raise BrokenError("a call of unknown fate was repeated")


class _Failing:
    """A call that fails so many times."""

    def __init__(self, error: Exception, *, times: int) -> None:
        self._error, self._times, self.calls = error, times, 0

    async def call(self) -> int:
        """The number of the call that works."""
        self.calls += 1
        if self.calls <= self._times:
            raise self._error
        return self.calls


def panic_queue(settings: Settings) -> str:
    """A 429 in PANIC queues the signal, which drains when the venue answers; outside, nothing is queued."""
    queueing = settings.queue.regimes
    require(that=Regime.PANIC in queueing, else_="queue.regimes does not hold PANIC")
    scratch, said = _limited(settings, Regime.PANIC)
    require(that=any(isinstance(each, e.SignalQueued) for each in said), else_="a 429 in PANIC queued nothing")
    kept = decode_state(encode_state(scratch.state)).queue
    require(that=len(kept) == 1 and kept == scratch.state.queue, else_="the queue does not survive a restart")
    drained = _drained(scratch)
    require(that=drained, else_="the queue did not drain when the venue answered again")
    others = [each for each in Regime if each not in queueing]
    for regime in others:
        _, said = _limited(settings, regime)
        queued = any(isinstance(each, e.SignalQueued) for each in said)
        require(that=not queued, else_=f"a 429 in {regime} queued a signal")
    return f"a 429 queued the signal in PANIC, and it drained; none was queued in {', '.join(others) or 'no regime'}"


def _limited(settings: Settings, regime: Regime) -> tuple[Scratch, list[e.Event]]:
    scratch = Scratch(rules_of(settings), regime=regime)
    name = scratch.enter().client_order_id
    return scratch, scratch.tell(_limit(name, scratch, for_s=5.0))


def _drained(scratch: Scratch) -> bool:
    said = scratch.tell(e.Tick(), after_s=10.0)
    for order in [each.order for each in said if isinstance(each, e.OrderPlaced)]:
        scratch.fill(order)
    return not scratch.state.queue and any(isinstance(each.event, e.QueueDrained) for each in scratch.told)


def concentration(gate: Gate | None, state: State) -> str:
    """At the limit a bullish signal passes, above it it does not, and a bearish one passes always."""
    require(that=gate is not None and state.toggled.get(CONCENTRATION, True), else_="the gate is off")
    require(that=CONCENTRATION not in state.quarantined, else_="the gate is quarantined")
    limit = getattr(gate, "limit_pct", None)
    if gate is None or not isinstance(limit, int | float):
        raise BrokenError("the gate has no limit: it may not be loaded")
    at, over, down = (_verdict(gate, limit, *each) for each in ((0, BULLISH), (1, BULLISH), (1, BEARISH)))
    require(that=not at.blocks, else_=f"a net delta of exactly {limit:g} % is stopped: {at.reason}")
    require(that=over.blocks, else_=f"a net delta of {limit + 0.1:g} % passes against a limit of {limit:g} %")
    require(that=not down.blocks, else_=f"a bearish signal is stopped at {limit + 0.1:g} %")
    return f"{limit:g} % passes, {limit + 0.1:g} % is stopped, bearish passes; unknown is judged {gate.on_error}"


BULLISH, BEARISH = Direction.BULLISH, Direction.BEARISH


def _verdict(gate: Gate, limit: float, more: int, direction: Direction) -> Verdict:
    shares = round(limit * 10) + more  # 100 USD each, and equity is 100,000 USD
    state = a_state(a_quote(), a_position(bought=shares))
    judgement, _ = judge(a_signal(direction=direction), state, Rules(gates=((CONCENTRATION, gate),)))
    return judgement.verdicts[0]
