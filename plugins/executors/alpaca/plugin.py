"""Executor alpaca: orders at Alpaca, paper or live, or at any server that speaks its protocol."""

from datetime import datetime
from functools import cached_property
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from msgspec import Meta

from tidegate import (
    AccountSeen,
    BrokerSeen,
    Executor,
    Identity,
    Line,
    Order,
    Priority,
    Seconds,
    VenueError,
    hookimpl,
    secret,
)
from tidegate.plugins.executors.alpaca.account import account, book
from tidegate.plugins.executors.alpaca.calls import Calls
from tidegate.plugins.executors.alpaca.session import Session

PAPER_HOST, LIVE_HOST = "paper-api.alpaca.markets", "api.alpaca.markets"
ENTRY_PATIENCE_S = 1.0  # an entry that our own budget would keep for longer is answered as rate limited
Variable = Annotated[str, Meta(pattern="^[A-Z][A-Z0-9]*_[A-Z0-9_]+$")]  # a name; a pasted key does not look like one
PerMinute = Annotated[int, Meta(ge=10, le=10_000)]
Lookups = Annotated[int, Meta(ge=1, le=10)]


class _Open:
    """What the frozen struct may hold once it is open."""

    session: Session | None = None


class Alpaca(Executor, frozen=True, kw_only=True, dict=True):
    """Trades US stocks at Alpaca: marketable limit orders for the day, and protective stops held at the venue.

    `base_url` and `stream_url` are the trading API's; `paper` says which kind of account stands behind them.
    `timeout_s` bounds connecting and each read of one request; `requests_per_minute` are shared with everything else
    in this process that uses the same key. `stream` listens for hints; orders are polled every `poll_s` seconds at the
    latest in any case. An order whose fate is unknown is looked up `lookups` times, first after `lookup_pause_s`
    seconds, then after twice as long each time, before it counts as absent. `key_variable` and `secret_variable`
    name the environment variables (or keyring entries) of the keys.
    """

    name: ClassVar[str] = "alpaca"
    reconciles: ClassVar[bool] = True
    protects: ClassVar[bool] = True
    base_url: str = f"https://{PAPER_HOST}"
    stream_url: str = f"wss://{PAPER_HOST}/stream"
    paper: bool = True
    key_variable: Variable = "APCA_API_KEY_ID"
    secret_variable: Variable = "APCA_API_SECRET_KEY"  # noqa: S105 - a name, not a secret
    timeout_s: Seconds = 10.0
    requests_per_minute: PerMinute = 180
    stream: bool = True
    poll_s: Seconds = 2.0
    lookups: Lookups = 3
    lookup_pause_s: Seconds = 0.5

    def __post_init__(self) -> None:
        """Refuse addresses that contradict `paper`, or are none."""
        wrong = LIVE_HOST if self.paper else PAPER_HOST
        for setting, schemes in (("base_url", ("http", "https")), ("stream_url", ("ws", "wss"))):
            url = urlsplit(getattr(self, setting))
            if url.scheme not in schemes or not url.hostname:
                raise ValueError(f"{setting} must begin with {schemes[0]}:// or {schemes[1]}://")
            if url.hostname == wrong:
                kind = "the live" if self.paper else "the paper"
                raise ValueError(f"paper = {str(self.paper).lower()}, but {setting} is {kind} endpoint")

    @cached_property
    def _open(self) -> _Open:
        return _Open()

    @property
    def _session(self) -> Session:
        if self._open.session is None:
            raise VenueError("the Alpaca executor is not open")
        return self._open.session

    def secrets(self) -> tuple[str, ...]:
        """The names of the two keys."""
        return (self.key_variable, self.secret_variable)

    async def identity(self) -> Identity:
        """Whose account the keys open."""
        calls = self._calls(self._keys())
        try:
            await calls.warm()
            row = await calls.account(Priority.RECONCILE)
        finally:
            calls.close()
        return Identity(account_id=row.id, account_number=row.account_number, status=row.status, paper=self.paper)

    async def open(self, line: Line) -> None:
        """Load the library, and begin to poll and listen; the first answers come with the first questions."""
        keys = self._keys()
        calls = self._calls(keys)
        await calls.warm()
        self._open.session = Session(
            calls,
            line,
            poll_s=self.poll_s,
            lookups=self.lookups,
            lookup_pause_s=self.lookup_pause_s,
            stream=(self.stream_url, keys) if self.stream else None,
        )
        self._open.session.start()

    async def submit(self, order: Order, at: datetime) -> None:  # noqa: ARG002 - a real venue has its own time
        """Send an order, once."""
        await self._session.submit(order)

    async def find(self, order: Order) -> None:
        """Tell all that Alpaca knows of an order, or OrderAbsent."""
        await self._session.find(order)

    async def cancel(self, order: Order) -> None:
        """Want an order gone; the end is told when Alpaca confirms it."""
        await self._session.cancel(order)

    async def account(self, at: datetime) -> AccountSeen | None:  # noqa: ARG002 - as in submit
        """Equity, cash and buying power in USD; None when it cannot be read or may not trade."""
        try:
            return AccountSeen(account=await account(self._session.calls, self._session.now()))
        except VenueError as error:
            self._session.unavailable(error)
        return None

    async def broker(self, at: datetime) -> BrokerSeen | None:  # noqa: ARG002 - as in submit
        """Every position and open order; None when they cannot all be read."""
        self._session.spawn(self._session.clock.look())
        try:
            return await book(self._session.calls)
        except VenueError as error:
            self._session.unavailable(error)
        return None

    async def close(self) -> None:
        """Stop polling and listening; requests under way end by their timeouts."""
        session, self._open.session = self._open.session, None
        if session is not None:
            await session.close()

    def gauges(self) -> dict[str, object]:
        """What a screen may show: circuit, budget, stream, how the clocks disagree, watched orders, rows left out."""
        session = self._open.session
        if session is None:
            return {}
        return {
            "circuit": session.calls.turnstile.circuit.gauge(),
            "budget": session.calls.turnstile.budget.gauge(),
            "stream": "off" if session.stream is None else session.stream.standing,
            "clock": session.clock.said,
            "skew_s": session.clock.skew_s,
            "watched": len(session.book.watches),
            "rows_left_out": session.calls.skipped,
        }

    def _calls(self, keys: tuple[str, str]) -> Calls:
        return Calls(
            base_url=self.base_url,
            keys=keys,
            timeout_s=self.timeout_s,
            per_minute=self.requests_per_minute,
            within_s=ENTRY_PATIENCE_S,
        )

    def _keys(self) -> tuple[str, str]:
        key, private = secret(self.key_variable), secret(self.secret_variable)
        if not key or not private:
            missing = self.key_variable if not key else self.secret_variable
            raise VenueError(f"{missing} is not set: keys come from the environment or the keyring")
        return key, private


@hookimpl
def tidegate_executors() -> list[type[Executor]]:
    """The executors of this module."""
    return [Alpaca]
