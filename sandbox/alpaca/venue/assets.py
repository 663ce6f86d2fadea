"""What can be traded: assets with their permissions, and the prices they start with."""

from decimal import Decimal
from typing import Literal
from uuid import NAMESPACE_DNS, uuid5

import msgspec

from tidegate.sandbox.answers import Json

Exchange = Literal["AMEX", "ARCA", "BATS", "NYSE", "NASDAQ", "NYSEARCA", "OTC"]


class Asset(msgspec.Struct, kw_only=True):
    """One stock or fund. `shortable` ones are easy to borrow."""

    symbol: str
    name: str = ""
    exchange: Exchange = "NYSE"
    asset_class: str = "us_equity"
    tradable: bool = True
    shortable: bool = True
    fractionable: bool = True
    marginable: bool = True

    @property
    def id(self) -> str:
        """The venue's id of the symbol, the same in every sandbox."""
        return str(uuid5(NAMESPACE_DNS, f"{self.symbol}.sandbox"))

    def wire(self) -> Json:
        """GET /v2/assets/{symbol}."""
        return {
            "id": self.id,
            "class": self.asset_class,
            "exchange": self.exchange,
            "symbol": self.symbol,
            "name": self.name or f"{self.symbol} Common Stock",
            "status": "active",
            "tradable": self.tradable,
            "marginable": self.marginable,
            "shortable": self.shortable,
            "easy_to_borrow": self.shortable,
            "borrow_status": "easy_to_borrow" if self.shortable else "hard_to_borrow",
            "fractionable": self.fractionable,
            "maintenance_margin_requirement": 30,
            "margin_requirement_long": "30",
            "margin_requirement_short": "30",
            "attributes": ["has_options"],
        }


def started() -> list[tuple[Asset, Decimal]]:
    """The assets of a new sandbox with their opening prices in USD."""
    funds = {"SPY": "660", "QQQ": "600", "IWM": "245"}
    stocks = {"AAPL": "248", "AMD": "235", "AMZN": "217", "GOOGL": "248", "INTC": "36"}
    stocks |= {"META": "716", "MSFT": "513", "NFLX": "1205", "NVDA": "183", "PLTR": "179", "TSLA": "432"}
    return [
        *((Asset(symbol=symbol, exchange="ARCA"), Decimal(price)) for symbol, price in funds.items()),
        *((Asset(symbol=symbol, exchange="NASDAQ"), Decimal(price)) for symbol, price in stocks.items()),
        *((Asset(symbol=symbol), Decimal(price)) for symbol, price in {"F": "12", "KO": "67"}.items()),
        (Asset(symbol="PENY", exchange="OTC", fractionable=False, shortable=False), Decimal("0.85")),
    ]
