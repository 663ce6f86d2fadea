"""The venue's parts, wired: what the services and streams in front of it work with."""

import hmac
from random import Random
from uuid import UUID

from tidegate.sandbox import parts
from tidegate.sandbox.alpaca.limits import Limits
from tidegate.sandbox.alpaca.plan import AnyFault
from tidegate.sandbox.alpaca.settings import Settings
from tidegate.sandbox.alpaca.venue.account import Account
from tidegate.sandbox.alpaca.venue.book import Book
from tidegate.sandbox.alpaca.venue.market import Market
from tidegate.sandbox.alpaca.venue.matching_engine import MatchingEngine
from tidegate.sandbox.alpaca.venue.order_entry import OrderEntry
from tidegate.sandbox.clock import Clock, header_time
from tidegate.sandbox.plan import Occasion
from tidegate.sandbox.times import rfc3339


class Served(parts.Served, frozen=True, kw_only=True):
    """One request that was answered, and the client order id that it was about."""

    client_order_id: str


class Venue(parts.VenueOf[AnyFault, Served]):
    """One account at an exchange of its own, its keys and its limits."""

    def __init__(self, settings: Settings) -> None:
        self.settings = made = settings
        super().__init__(made, Clock(made.at, speed=made.speed), made.plan)
        self.market = Market(self.agenda, self.hours, seed=made.seed, walk=made.walk)
        identity = UUID(int=Random(made.seed).getrandbits(128), version=4)  # noqa: S311 - repeatable, not secret
        account = Account(self.market, cash=made.cash, identity=identity, live=made.live)
        self.book = Book(self.market, account, seed=made.seed)
        self.matching = MatchingEngine(self.book, self.hours, self.agenda, seed=made.seed)
        self.order_entry = OrderEntry(self.book, self.matching)
        self.header_time = header_time(self.clock, made.http_time)
        self.limits = {name: Limits(made.requests_per_minute, self.header_time) for name in ("trading", "data")}

    def ahead(self, seconds: float) -> float:
        """The time of the headers so many sandbox seconds from now, in seconds since 1970."""
        speed = self.clock.speed if self.settings.http_time == "wall" else 1.0
        return self.header_time() + seconds / (speed or 1.0)

    def knows(self, key_id: object, secret_key: object) -> bool:
        """Whether these are the account's keys."""
        given = f"{key_id}\n{secret_key}".encode()
        return hmac.compare_digest(given, f"{self.settings.key_id}\n{self.settings.secret_key}".encode())

    def served(self, what: Occasion, status: int) -> None:
        """Note a request and the answer's status; 0 when there was none."""
        at, name = rfc3339(self.instant()), what.client_order_id
        self.requests.append(Served(at=at, method=what.method, path=what.path, status=status, client_order_id=name))
