"""Whether an alert's underlying price can be the market's: nothing else is ever made of it."""

from tidegate.core.domain.prices.door import Door, minute_of
from tidegate.core.domain.values import Alert

IMPLAUSIBLE_PCT = 3.0


def implausible(alert: Alert, door: Door | None) -> bool:
    """Whether it is more than 3 % away from every price that counted in the alert's own minute.

    In a minute without one, that of the minute before; where that has none either, nothing is concluded.
    """
    said = alert.underlying_price
    if said is None or door is None or not door.minutes:
        return False
    number = minute_of(alert.at)
    minutes = {each.number: each for each in door.minutes}
    known = minutes.get(number) or minutes.get(number - 1)
    if known is None:
        return False
    return said * 100.0 < known.low * (100.0 - IMPLAUSIBLE_PCT) or said * 100.0 > known.high * (100.0 + IMPLAUSIBLE_PCT)
