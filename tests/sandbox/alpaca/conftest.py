"""A sandbox whose clock stands still, and a client that knows the official documents where they are at hand."""

from collections.abc import Iterator

import pytest

from tests.needs import SHARED
from tests.sandbox.alpaca.client import Client, balanced
from tests.sandbox.contract import Contract
from tidegate.sandbox.alpaca import SandboxThread, Settings

OPENAPI = SHARED / "contracts" / "openapi"
DOCUMENTS = ("alpaca-trading-api.json", "alpaca-market-data-api.json")


@pytest.fixture(scope="session")
def contracts() -> list[Contract]:
    """The official documents; none where they are not at hand."""
    return [Contract.read(OPENAPI / name) for name in DOCUMENTS if (OPENAPI / name).exists()]


@pytest.fixture
def box() -> Iterator[SandboxThread]:
    """A sandbox on 2025-10-15 at 10:00 in New York, where time stands still."""
    with SandboxThread(Settings(speed=0, requests_per_minute=None)) as box:
        yield box


@pytest.fixture
def client(box: SandboxThread, contracts: list[Contract]) -> Iterator[Client]:
    found = Client(box, contracts)
    yield found
    found.http.close()
    assert box.call(balanced)
