"""Writes the exchange's holidays and half days as exchange_calendars (Apache-2.0) computes them.

Usage: python -m scripts.calendar_table
"""

from collections.abc import Iterator
from importlib.metadata import version

from tidegate.core.calendar import TABLE, from_library

FIRST, LAST = 2015, 2028

HEADER = """\
# Weekdays on which the New York Stock Exchange is closed, or closes earlier than at 16:00 New York time.
# All other weekdays: 09:30 to 16:00. These are facts about the exchange, computed with exchange_calendars {version}
# by scripts/calendar_table.py; a closing that is announced later needs a new table.
"""


def lines() -> Iterator[str]:
    """The years covered, then a line for each day: its date, and "closed" or the closing time."""
    yield f"years {FIRST} {LAST}"
    for year in range(FIRST, LAST + 1):
        for day, close in from_library(year).items():
            yield f"{day} {'closed' if close is None else f'{close:%H:%M}'}"


def main() -> None:
    """Write the table to where the package keeps it."""
    header = HEADER.format(version=version("exchange_calendars"))
    TABLE.write_text(header + "".join(f"{line}\n" for line in lines()), encoding="ascii")
    print(f"{TABLE}: {len(TABLE.read_text().splitlines())} lines")


if __name__ == "__main__":
    main()
