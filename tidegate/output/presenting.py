"""From the state and the journal to the public shapes. Pure: no clock, no I/O."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from tidegate.core.domain.events import AlertReceived, Recorded
from tidegate.core.domain.net_delta import net_delta, valued
from tidegate.core.domain.positions import Position
from tidegate.core.domain.state import State
from tidegate.core.domain.values import Component, Verdict
from tidegate.core.domain.values.lockdown import described
from tidegate.core.domain.views import WhyRow
from tidegate.output import shapes


def to_json(shape: object) -> str:
    """One JSON document, indented."""
    return msgspec.json.format(msgspec.json.encode(shape), indent=2).decode()


def money(amount: Decimal) -> str:
    """Dollars with two decimals, or up to four when they matter: "131.20", "0.1234"."""
    text = f"{amount:.4f}"
    return text[:-2] if text.endswith("00") else text.rstrip("0")


def shares(quantity: Decimal) -> str:
    """A quantity in plain notation: "4", "0.25"."""
    return f"{quantity.normalize():f}"


def status(state: State, *, pid: int | None, started: datetime | None, folder: str) -> shapes.StatusShape:
    """The engine in one look; `pid` is None when no engine holds the journal."""
    halt = state.halt
    stopped = state.stop_reason or ("not stopped cleanly" if state.running else "")
    book = valued(state)
    net = None if state.at is None else net_delta(state, book=book)
    return shapes.StatusShape(
        pid=pid,
        mode=state.mode,
        state="stopped" if pid is None else "running",
        seq=state.seq,
        at=state.at,
        regime=state.regime.regime,
        net_delta_pct=None if net is None else net.exact,
        net_delta_between=None if net is None or net.exact is not None else (net.low, net.high),
        net_delta_reason=book.why if net is None else net.reason,
        equity=None if state.account is None else money(state.account.equity),
        halt=None if halt is None else shapes.HaltShape(level=halt.level, reason=halt.reason, who=halt.who, at=halt.at),
        lockdown=None if state.lockdown is None else described(state.lockdown),
        session=state.session,
        started=started,
        stop_reason=stopped if pid is None else "",
        positions=len(state.positions),
        queue=len(state.queue),
        venue=state.venue.unavailable,
        books=_books(state),
        quarantined=list(state.quarantined),
        folder=folder,
    )


def _books(state: State) -> str:
    if not state.reconciles:
        return ""
    if state.differences:
        return "differ"
    return "not compared yet" if state.reconciled_at is None else "agree"


def positions(state: State) -> dict[str, shapes.PositionShape]:
    """Every open position by symbol, with the record that survives everything."""
    return {symbol: _position(state, position) for symbol, position in sorted(state.positions.items())}


def _position(state: State, position: Position) -> shapes.PositionShape:
    entry, last = position.entry, state.last_price(position.symbol)
    return shapes.PositionShape(
        entry_ts=position.opened_at,
        entry_price=money(position.average_price),
        qty=shares(position.quantity),
        side=position.side,
        entry_score=entry.score,
        components={name: _component(each) for name, each in entry.components.items()},
        market_regime=entry.regime,
        direction=entry.direction,
        regime_modifier=entry.regime_modifier,
        ignition_status=entry.ignition_status,
        correlation_id=entry.trace,
        updated_at=position.updated_at,
        targets=[
            shapes.TargetShape(pct=target.pct, fraction=target.fraction, hit=index in position.targets_hit)
            for index, target in enumerate(position.targets)
        ],
        high_water=position.high_water,
        owner=entry.owner,
        last=last,
        priced_at=state.priced_at(position.symbol),
        unrealized=None if last is None else f"{position.open_pnl(last):.2f}",
    )


def _component(component: Component) -> shapes.ComponentShape:
    return shapes.ComponentShape(value=component.value, weight=component.weight, multiplier=component.multiplier)


def queue(state: State) -> list[shapes.QueueShape]:
    """The waiting signals, best score first: the order in which they are tried."""
    items = sorted(state.queue.items(), key=lambda item: -item[1].signal.score)
    return [
        shapes.QueueShape(
            trace=trace,
            symbol=item.signal.symbol,
            direction=item.signal.direction,
            score=item.signal.score,
            queued_at=item.queued_at,
            expires_at=item.expires_at,
            attempts=item.attempts,
            reason=item.reason,
        )
        for trace, item in items
    ]


def why(rows: Iterable[WhyRow]) -> list[shapes.WhyShape]:
    """Every judgement with its verdicts, oldest first."""
    return [
        shapes.WhyShape(
            trace=row.trace,
            at=row.at,
            symbol=row.symbol,
            direction=row.direction,
            score=row.score,
            coverage=row.coverage,
            decision=row.decision,
            verdicts=[_verdict(each) for each in row.verdicts],
        )
        for row in rows
    ]


def _verdict(verdict: Verdict) -> shapes.VerdictShape:
    return shapes.VerdictShape(
        gate=verdict.gate,
        result=verdict.result,
        policy=verdict.policy,
        measured=verdict.measured,
        limit=verdict.limit,
        unit=verdict.unit,
        reason=verdict.reason,
    )


def trace(trace_id: str, events: Sequence[Recorded]) -> shapes.TraceShape:
    """The whole way of one trace."""
    return shapes.TraceShape(
        trace=trace_id,
        alerts=[each.event.alert.id for each in events if isinstance(each.event, AlertReceived)],
        events=[
            {"seq": each.seq, "at": each.at, **msgspec.to_builtins(each.event, builtin_types=(datetime,))}
            for each in events
        ],
    )
