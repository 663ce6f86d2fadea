"""A client of the Alpaca sandbox that holds every exchange against the official documents."""

import json
from decimal import Decimal
from typing import Any

import httpx

from tests.sandbox.contract import Contract
from tests.waiting import PATIENCE_S
from tidegate.sandbox.alpaca import Sandbox, SandboxThread

Row = dict[str, Any]


class Client:
    """Speaks to a sandbox as any client would; time passes only in `wait`."""

    def __init__(self, box: SandboxThread, contracts: list[Contract]) -> None:
        self.box, self.contracts = box, contracts
        card = box.card
        keys = {"APCA-API-KEY-ID": card.key_id, "APCA-API-SECRET-KEY": card.secret_key}
        self.http = httpx.Client(base_url=box.url, headers=keys, timeout=PATIENCE_S)

    def ask(self, method: str, path: str, body: object = None, **params: str) -> httpx.Response:
        """One request, held against the documents."""
        answer = self.http.request(method, path, json=body, params=params) if body else self.send(method, path, params)
        for contract in self.contracts:
            contract.check(answer)
        return answer

    def send(self, method: str, path: str, params: dict[str, str]) -> httpx.Response:
        return self.http.request(method, path, params=params)

    def row(self, path: str, **params: str) -> Row:
        answer = self.ask("GET", path, **params)
        assert answer.status_code == 200, answer.text
        found: Row = answer.json()
        return found

    def rows(self, path: str, **params: str) -> list[Row]:
        answer = self.ask("GET", path, **params)
        assert answer.status_code == 200, answer.text
        found: list[Row] = answer.json()
        return found

    def place(self, symbol: str = "KO", **changes: object) -> Row:
        """A limit order for ten shares at 68 USD, a dollar above the market; it must be taken."""
        answer = self.order(symbol, **changes)
        assert answer.status_code == 200, answer.text
        found: Row = answer.json()
        return found

    def order(self, symbol: str = "KO", **changes: object) -> httpx.Response:
        usual: Row = {"side": "buy", "type": "limit", "time_in_force": "day", "qty": "10", "limit_price": "68"}
        body = {name: value for name, value in {**usual, **changes, "symbol": symbol}.items() if value is not None}
        return self.ask("POST", "/v2/orders", body)

    def refusal(self, answer: httpx.Response) -> tuple[int, object, object]:
        """Status, code and message."""
        body = json.loads(answer.text)
        return answer.status_code, body.get("code"), body["message"]

    def wait(self, seconds: float = 1.0) -> None:
        """Let time pass in the sandbox; what falls due has happened afterwards."""
        self.box.call(lambda it: it.clock.move(by=seconds))

    def price(self, symbol: str, price: str) -> None:
        self.box.call(lambda it: it.market.set_price(symbol, price))

    def bought(self, symbol: str = "KO", qty: str = "10") -> Row:
        """A position, through an order."""
        placed = self.place(symbol, type="market", limit_price=None, qty=qty)
        self.wait()
        return self.row(f"/v2/orders/{placed['id']}")

    def status(self, order: Row) -> object:
        return self.row(f"/v2/orders/{order['id']}")["status"]


def balanced(box: Sandbox) -> bool:
    """Whether cash and shares are what the fills made of them."""
    cash, held = box.settings.cash, dict[str, Decimal]()
    for fill in box.book.fills:
        signed = fill.order.sign * fill.quantity
        cash -= signed * fill.price
        held[fill.order.symbol] = held.get(fill.order.symbol, Decimal(0)) + signed
    positions = {symbol: each.quantity for symbol, each in box.book.account.positions.items()}
    given = {symbol for symbol in positions if symbol not in held}
    kept = {symbol: quantity for symbol, quantity in held.items() if quantity}
    return cash == box.book.account.cash and kept == {s: q for s, q in positions.items() if s not in given}
