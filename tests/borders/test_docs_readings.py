"""docs/readings.md lists what is asked for as the program has it."""

import re
from pathlib import Path

import pytest

from tidegate.plugins.sources.unusual_whales.readings.endpoint import DAY_S, Endpoint
from tidegate.plugins.sources.unusual_whales.readings.table import ENDPOINTS

PAGE = (Path(__file__).parents[2] / "docs" / "readings.md").read_text()
LINES = re.findall(r"^\| (\w+) \| (`.+?) \| `(/api/.+?)` \| (.+?) \| (.+?) \|$", PAGE, re.MULTILINE)


def span(seconds: float) -> str:
    return f"{seconds / DAY_S:.0f} days" if seconds >= DAY_S else f"{seconds:.0f} s"


@pytest.mark.parametrize(
    ("endpoint", "row"), zip(ENDPOINTS, LINES, strict=True), ids=lambda each: getattr(each, "key", "")
)
def test_the_table_has_each_endpoint_with_its_readings_and_ages(endpoint: Endpoint, row: tuple[str, ...]) -> None:
    readings = "<br>".join(f"`{name}`: {unit}" for name, unit in endpoint.readings.items())
    every = "day" if endpoint.daily else span(endpoint.poll_s)
    assert row == (endpoint.key, readings, endpoint.path, every, span(endpoint.max_age_s))
