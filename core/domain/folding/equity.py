"""The part of `fold` that concerns equity: where the day began, the peak, and money paid in or out."""

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from tidegate.core.domain import events as e
from tidegate.core.domain.equity import Climb, Told, near
from tidegate.core.domain.events.handlers import Handlers
from tidegate.core.domain.folding.apply import Apply
from tidegate.core.domain.state import Day, State

NEW_YORK = ZoneInfo("America/New_York")
PEAK_S = 60.0  # a peak stood for so long

EQUITY: Handlers[Apply] = Handlers()


@EQUITY.handles
def _account(state: State, _: e.Recorded, event: e.AccountSeen) -> None:
    account = state.account = event.account
    state.account_due = None
    state.venue.unavailable = None
    close = account.last_equity if account.last_equity is not None and account.last_equity > 0 else None
    reading = Told(account.at, account.equity, account.cash, state.cash_flow, close)
    _pass_the_close(state, reading, regular=event.regular)
    state.equity.take(reading)
    _flow(state)
    _day(state, reading)
    _peak(state, reading)


@EQUITY.handles
def _restarted(state: State, _: e.Recorded, event: e.DrawdownRestarted) -> None:
    state.peak_equity, state.equity.climb = event.equity, None


def _pass_the_close(state: State, reading: Told, *, regular: bool) -> None:
    """What was paid before a close is in the equity of that close."""
    equity = state.equity
    if equity.regular and (not regular or _date(equity.told[-1]) != _date(reading)):
        equity.paid = Decimal(0)
    equity.regular = regular


def _flow(state: State) -> None:
    """Money paid in or out moves the day's beginning and the peak: it is no gain and no loss."""
    paid = state.equity.flow()
    if not paid:
        return
    state.equity.paid += paid
    state.equity.climb = None
    if state.day is not None:
        state.day = replace(state.day, equity=state.day.equity + paid)
    if state.peak_equity > 0:
        state.peak_equity = max(Decimal(0), state.peak_equity + paid)


def _day(state: State, reading: Told) -> None:
    """Where the day began: at the broker's last equity, else at the first reading, once two readings agree."""
    day, today = state.day, _date(reading)
    if day is None or day.date != today:
        rolled = day is None or day.close != reading.close  # until then the broker tells of the day before
        state.day = Day(today, _beginning(state, reading, rolled=rolled), reading.close, rolled=rolled, sure=False)
        return
    first = state.equity.told[0]
    alike = state.equity.confirmed and _date(first) == today and first.close == reading.close
    if day.sure and day.close != reading.close and reading.close is not None and alike:
        state.day = Day(today, reading.close + state.equity.paid, reading.close)
    elif not day.sure:
        _make_sure(state, day, reading, alike=alike)
    else:
        return
    if state.day is not None and state.day.sure and (state.peak_equity <= 0 or state.day.by_close):
        state.peak_equity = max(state.peak_equity, state.day.equity)


def _make_sure(state: State, day: Day, reading: Told, *, alike: bool) -> None:
    beginning = _beginning(state, reading, rolled=day.rolled)
    sure = alike and near(_beginning(state, state.equity.told[0], rolled=day.rolled), beginning)
    kept = day.equity if near(day.equity, beginning) and day.close == reading.close else beginning
    state.day = replace(day, equity=kept, close=reading.close, sure=sure)


def _beginning(state: State, reading: Told, *, rolled: bool) -> Decimal:
    """What one reading says that the day began with."""
    return reading.close + state.equity.paid if reading.close is not None and rolled else reading.equity


def _peak(state: State, reading: Told) -> None:
    """A peak is what every reading of a minute was above."""
    climb = state.equity.climb
    if state.peak_equity <= 0 or reading.equity <= state.peak_equity:
        state.equity.climb = None
        return
    if climb is None:
        climb = Climb(reading.at, reading.equity)
    climb = state.equity.climb = Climb(climb.since, min(climb.lowest, reading.equity))
    if (reading.at - climb.since).total_seconds() >= PEAK_S:
        state.peak_equity = climb.lowest
        higher = reading.equity > climb.lowest
        state.equity.climb = Climb(reading.at, reading.equity) if higher else None


def _date(reading: Told) -> date:
    return reading.at.astimezone(NEW_YORK).date()
