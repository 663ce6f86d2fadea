"""The account: cash, positions, and what follows from them."""

from decimal import Decimal
from uuid import UUID

import msgspec

from tidegate.sandbox.alpaca.venue.assets import Asset
from tidegate.sandbox.alpaca.venue.market import Market
from tidegate.sandbox.alpaca.venue.options import OptionHeld
from tidegate.sandbox.alpaca.venue.positions import ZERO, Position
from tidegate.sandbox.alpaca.wire import dollars, plain
from tidegate.sandbox.answers import Json
from tidegate.sandbox.times import Instant, new_york, rfc3339

SHORTING_USD = 2000


class Flags(msgspec.Struct, kw_only=True):
    """What an account is allowed to do."""

    status: str = "ACTIVE"
    trading_blocked: bool = False
    account_blocked: bool = False
    transfers_blocked: bool = False
    trade_suspended_by_user: bool = False
    shorting_enabled: bool = True
    fractional_trading: bool = True
    multiplier: Decimal = Decimal(4)


class Account:
    """One account. Buying power is `multiplier` times equity, less gross exposure and what open buys reserve."""

    def __init__(self, market: Market, *, cash: Decimal, identity: UUID, live: bool = False) -> None:
        self.market, self.cash, self.live, self.id = market, cash, live, str(identity)
        self.number = f"{'' if live else 'PA'}{identity.int % 10**9:09d}"
        self.flags = Flags()
        self.positions: dict[str, Position] = {}
        self.options: dict[str, OptionHeld] = {}
        self.opened = market.agenda.clock.instant()
        self.last_equity = cash
        self.curve: list[tuple[Instant, Decimal]] = []

    def fill(self, asset: Asset, signed: Decimal, price: Decimal) -> Decimal:
        """Take one fill in: shares (bought positive) and cash. Returns the quantity held afterwards."""
        position = self.positions.setdefault(asset.symbol, Position(asset=asset))
        position.add(signed, price)
        self.cash -= signed * price
        if not position.quantity:
            del self.positions[asset.symbol]
        return position.quantity

    def hold(self, option: OptionHeld) -> None:
        """Put contracts in the place of those that are there; none of them takes them away."""
        self.options.pop(option.symbol, None)
        if option.quantity:
            self.options[option.symbol] = option

    def quantity(self, symbol: str) -> Decimal:
        """Shares held, negative for a short."""
        return self.positions[symbol].quantity if symbol in self.positions else ZERO

    def value(self, *signs: int) -> Decimal:
        """Market value of the longs (1), the shorts (-1, a negative amount), or both."""
        return sum(
            (
                each.quantity * self.market.tapes[symbol].last
                for symbol, each in self.positions.items()
                if (1 if each.quantity > 0 else -1) in signs
            ),
            ZERO,
        )

    @property
    def equity(self) -> Decimal:
        """Cash and positions, USD."""
        return self.cash + self.value(1, -1) + sum((each.value for each in self.options.values()), ZERO)

    @property
    def can_short(self) -> bool:
        """Shorts need the permission and 2,000 USD of equity."""
        return self.flags.shorting_enabled and self.equity >= SHORTING_USD

    def power(self, multiplier: Decimal, reserved: Decimal) -> Decimal:
        """Buying power at a multiple of equity, USD, never below 0."""
        gross = self.value(1) - self.value(-1)
        return max(ZERO, self.equity * multiplier - gross - reserved)

    def close_day(self, at: Instant) -> None:
        """Remember the equity of a session's end."""
        self.last_equity = self.equity
        self.curve.append((at, self.equity))

    def wire(self, at: Instant, reserved: Decimal) -> Json:
        """GET /v2/account, with the fields that the specification does not know."""
        long_value, short_value, flags = self.value(1), self.value(-1), self.flags
        gross = long_value - short_value
        own = max(ZERO, self.cash + short_value - reserved)
        power = dollars(self.power(flags.multiplier, reserved))
        return {
            "id": self.id,
            "account_number": self.number,
            "status": flags.status,
            "crypto_status": "ACTIVE",
            "currency": "USD",
            "cash": dollars(self.cash),
            "equity": dollars(self.equity),
            "portfolio_value": dollars(self.equity),
            "last_equity": plain(self.last_equity),
            "buying_power": power,
            "effective_buying_power": power,
            "regt_buying_power": dollars(self.power(min(flags.multiplier, Decimal(2)), reserved)),
            "non_marginable_buying_power": dollars(own),
            "options_buying_power": dollars(own),
            "long_market_value": dollars(long_value),
            "short_market_value": dollars(short_value),
            "position_market_value": dollars(gross),
            "initial_margin": dollars(gross / 2),
            "maintenance_margin": dollars(gross * Decimal("0.3")),
            "last_maintenance_margin": "0",
            "multiplier": plain(flags.multiplier),
            "sma": dollars(self.last_equity),
            "accrued_fees": "0",
            "pending_reg_taf_fees": "0",
            "intraday_adjustments": "0",
            "balance_asof": new_york(at).date().isoformat(),
            "trading_blocked": flags.trading_blocked,
            "account_blocked": flags.account_blocked,
            "transfers_blocked": flags.transfers_blocked,
            "trade_suspended_by_user": flags.trade_suspended_by_user,
            "shorting_enabled": self.can_short,
            "options_approved_level": 3,
            "options_trading_level": 3,
            "crypto_tier": 1,
            "created_at": rfc3339(self.opened, digits=6),
            "admin_configurations": {},
            "user_configurations": None,
        }

    def configurations(self) -> Json:
        """GET /v2/account/configurations."""
        return {
            "no_shorting": not self.flags.shorting_enabled,
            "suspend_trade": self.flags.trade_suspended_by_user,
            "fractional_trading": self.flags.fractional_trading,
            "max_margin_multiplier": plain(self.flags.multiplier),
            "max_options_trading_level": 3,
            "ptp_no_exception_entry": False,
            "trade_confirm_email": "all",
            "disable_overnight_trading": False,
        }
