"""Cash that comes into a state's account, as a sale by hand would bring it."""

from datetime import datetime
from decimal import Decimal

from msgspec.structs import replace

from tidegate.core.domain import events as e
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.state import State
from tidegate.core.domain.stepping.step import advance


def paid(state: State, dollars: Decimal, at: datetime) -> None:
    """The account is seen at a time with so many dollars more."""
    account = state.account
    assert account is not None
    advance(state, e.AccountSeen(account=replace(account, at=at, cash=account.cash + dollars)), at, Rules())
