"""`tidegate doctor` against a real server on loopback, and what it says of this machine."""

import json
import os
import pty
import socket
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from fcntl import ioctl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import msgspec
import pytest

from tidegate.core.calendar import is_open
from tidegate.core.errors import VenueError
from tidegate.doctor import local
from tidegate.doctor.drift import DATA_LOOKS, LOOKS
from tidegate.doctor.wire import ask, knock
from tidegate.plugins.executors.alpaca import wire as wire_rows
from tidegate.plugins.executors.alpaca.clock import ClockRow
from tidegate.plugins.sources.alpaca_market.rows import Candle, Touch, Trade

Cli = Callable[..., Any]
Examine = Callable[..., dict[str, dict[str, str]]]

KEY, HUSH = "PKPLANTEDPAPERKEY", "planted/secret+value"
LIKE = '''
from typing import ClassVar

from tidegate import Executor, hookimpl


class Like(Executor, frozen=True, kw_only=True):
    """Speaks Alpaca's protocol."""

    name: ClassVar[str] = "alpaca_like"
    base_url: str
    data_url: str = ""
    stream_url: str = ""

    def secrets(self):
        return ("APCA_API_KEY_ID", "APCA_API_SECRET_KEY")


@hookimpl
def tidegate_executors():
    return [Like]
'''
MEASURE = """
import os, msgspec
from tidegate.doctor.local import terminal
print(msgspec.json.encode(terminal(os.environ)).decode())
"""
NAMES = {
    "/v2/orders": "id client_order_id symbol side asset_class qty notional limit_price filled_qty filled_avg_price"
    " status replaced_by legs",
    "/v2/account/activities/FILL": "id order_id qty price cum_qty",
    "/v2/assets/SPY": "symbol status tradable shortable fractionable",
}
FIELDS: dict[str, dict[str, object]] = {path: dict.fromkeys(names.split()) for path, names in NAMES.items()}
ROWS: dict[str, type[msgspec.Struct]] = {
    "account": wire_rows.AccountRow,
    "orders": wire_rows.OrderRow,
    "positions": wire_rows.PositionRow,
    "fills": wire_rows.FillRow,
    "assets": wire_rows.AssetRow,
    "clock": ClockRow,
    "trades": Trade,
    "quotes": Touch,
    "bars": Candle,
}
QUOTE = dict.fromkeys(("t", "bp", "ap"))
ACCOUNT = {
    "id": "9f0a",
    "account_number": "PA1234567890",
    "status": "ACTIVE",
    "equity": "100",
    "cash": "100",
    "buying_power": "200",
    "last_equity": "100",
    "trading_blocked": False,
    "account_blocked": False,
    "trade_suspended_by_user": False,
    "shorting_enabled": True,
}


class Venue:
    """Answers by path, the keys it was shown, and by how much its clock is off."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[str] = []
        self.keys: set[tuple[str, str]] = set()
        self.off = timedelta(0)
        self.clock: dict[str, object] = {}
        self.status = 200
        self.answers: dict[str, object] = {
            "/v2/account": dict(ACCOUNT),
            "/v2/account/configurations": {"no_shorting": False, "fractional_trading": True, "suspend_trade": False},
            "/v2/orders": [FIELDS["/v2/orders"]],
            "/v2/positions": [],
            "/v2/account/activities/FILL": [FIELDS["/v2/account/activities/FILL"]],
            "/v2/assets/SPY": FIELDS["/v2/assets/SPY"],
            "/v2/stocks/snapshots": {"SPY": {"latestTrade": dict.fromkeys("pt"), "latestQuote": QUOTE}},
            "/v2/stocks/bars": {"bars": {"SPY": [dict.fromkeys("tohlc")]}},
        }

    def answer(self, path: str) -> bytes:
        if path == "/v2/clock":
            now = (datetime.now(UTC) + self.off).isoformat()
            told = is_open(datetime.now(UTC) + self.off)
            clock = {"timestamp": now, "is_open": told, "next_open": now, "next_close": now, **self.clock}
            return json.dumps(clock).encode()
        found = self.answers[path]
        return found if isinstance(found, bytes) else json.dumps(found).encode()


@pytest.fixture
def venue() -> Iterator[Venue]:
    found = Venue()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            found.asked.append(path)
            found.keys.add((self.headers["APCA-API-KEY-ID"], self.headers["APCA-API-SECRET-KEY"]))
            body = found.answer(path)
            self.send_response(found.status)
            if found.status == 307:
                self.send_header("Location", f"{found.url}/elsewhere")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}"
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def examine(cli: Cli, venue: Venue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Examine]:
    """Runs the doctor with a stranger's executor that speaks Alpaca's protocol; rows by name, and "exit"."""
    about = tmp_path / "site" / "stranger-1.0.dist-info"
    about.mkdir(parents=True)
    (tmp_path / "site" / "stranger_like.py").write_text(LIKE)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[tidegate.plugins]\nalpaca_like = stranger_like\n")
    monkeypatch.syspath_prepend(str(about.parent))
    monkeypatch.setenv("APCA_API_KEY_ID", KEY)
    monkeypatch.setenv("APCA_API_SECRET_KEY", HUSH)

    def run(**urls: str) -> dict[str, dict[str, str]]:
        named = {"base_url": venue.url, "data_url": venue.url, "stream_url": venue.url.replace("http", "ws"), **urls}
        table = "\n".join(f'{name} = "{url}"' for name, url in named.items())
        (tmp_path / "own.toml").write_text(
            f"[executors.paper]\nenabled = false\n[executors.alpaca_like]\nenabled = true\n{table}\n"
        )
        ran = cli("doctor", "--json", "--config", tmp_path / "own.toml", "--state-dir", tmp_path / "state")
        assert not any(key in ran.out + ran.err for key in (KEY, HUSH))
        shape = ran.object()
        rows = {row["name"]: row for row in shape["rows"]}
        assert shape["ok"] == all(row["result"] != "fail" for row in rows.values())
        assert ran.code == (0 if shape["ok"] else 1)
        return rows

    yield run
    sys.modules.pop("stranger_like", None)


def test_a_sound_account_gives_no_complaint(examine: Examine, venue: Venue) -> None:
    rows = examine()
    assert {row["result"] for row in rows.values()} == {"ok", "skip"}
    assert rows["APCA_API_KEY_ID"]["seen"] == "in the environment, a paper key"
    assert rows["account"]["seen"] == "the one that ends with 7890, status ACTIVE"
    assert rows["contract: positions"]["result"] == "skip"
    assert venue.keys == {(KEY, HUSH)}


def test_nothing_is_asked_of_anybody_unless_something_that_talks_to_alpaca_is_on(cli: Cli, tmp_path: Path) -> None:
    ran = cli("doctor", "--json", "--state-dir", tmp_path / "state")
    rows = {row["name"]: row for row in ran.json()["rows"]}
    assert ran.code == 0
    assert "no request was sent" in rows["broker"]["seen"]
    assert not {"trading endpoint", "data endpoint", "stream", "clock", "account"} & rows.keys()


@pytest.mark.parametrize(("seconds", "result"), [(0, "ok"), (-10, "warn"), (10, "warn"), (-300, "fail"), (300, "fail")])
def test_a_clock_that_is_off_is_told_by_how_much(examine: Examine, venue: Venue, seconds: int, result: str) -> None:
    venue.off = timedelta(seconds=seconds)
    row = examine()["clock"]
    assert row["result"] == result
    assert ("behind" if seconds > 0 else "ahead of" if seconds < 0 else "s ") in row["seen"]


def test_a_broker_that_keeps_other_hours_than_the_calendar_is_told(examine: Examine, venue: Venue) -> None:
    assert examine()["calendar"]["seen"].endswith("says the broker's clock too")
    venue.clock = {"timestamp": "2025-12-25T10:00:00.123456789-05:00", "is_open": True}
    row = examine()["calendar"]
    assert row["result"] == "warn"
    assert row["seen"] == ("the broker's clock says open at 2025-12-25 10:00, the calendar says closed (no session)")
    assert row["next"].startswith("entries go by the calendar")
    venue.clock = {"is_open": None}
    assert examine()["calendar"]["result"] == "skip"


@pytest.mark.parametrize(
    "change",
    [{"status": "ACCOUNT_CLOSED"}, {"trading_blocked": True}, {"account_blocked": True}],
    ids=["closed", "trading", "blocked"],
)
def test_an_account_that_may_not_trade_fails(examine: Examine, venue: Venue, change: dict[str, object]) -> None:
    venue.answers["/v2/account"] = {**ACCOUNT, **change}
    assert examine()["account"]["result"] == "fail"


def test_permissions_that_are_missing_are_named(examine: Examine, venue: Venue) -> None:
    venue.answers["/v2/account"] = {**ACCOUNT, "shorting_enabled": False}
    row = examine()["permissions"]
    assert (row["result"], row["seen"]) == ("warn", "shorting not allowed, fractional shares allowed")
    venue.answers["/v2/account/configurations"] = {"suspend_trade": True}
    assert examine()["permissions"]["result"] == "fail"


def test_fields_that_are_no_longer_sent_are_listed(examine: Examine, venue: Venue) -> None:
    venue.answers["/v2/account"] = {name: value for name, value in ACCOUNT.items() if name != "shorting_enabled"}
    venue.answers["/v2/orders"] = [{name: None for name in FIELDS["/v2/orders"] if name not in ("id", "status")}]
    venue.answers["/v2/stocks/snapshots"] = {"SPY": {"latestQuote": {"t": "", "bp": 1}}}
    rows = examine()
    assert rows["contract: account"]["result"] == "warn"
    assert rows["contract: trades"]["result"] == "skip"
    assert rows["contract: account"]["seen"] == "no longer sent: shorting_enabled"
    assert rows["contract: orders"]["result"] == "fail"
    assert rows["contract: orders"]["seen"] == "no longer sent, and needed: id, status"
    assert rows["contract: quotes"]["seen"] == "no longer sent: ap"
    venue.answers["/v2/stocks/bars"] = {"bars": {"SPY": [dict.fromkeys("tohl")]}}
    assert examine()["contract: bars"]["seen"] == "no longer sent, and needed: c"


def test_the_fields_that_are_compared_are_those_that_the_executor_reads() -> None:
    looks = {look.name: look for look in (*LOOKS, *DATA_LOOKS)}
    for name, row in ROWS.items():
        fields = msgspec.structs.fields(row)
        assert looks[name].needed == {field.encode_name for field in fields if field.required}
        assert looks[name].read == {field.encode_name for field in fields if not field.required}


ANSWERS = {
    401: (b'{"message": "unauthorized"}', "fail", "check the keys"),
    403: (b'{"code": 40310000, "message": "forbidden"}', "fail", "permissions"),
    429: (b'{"code": 42910000, "message": "rate limit exceeded"}', "warn", "wait a minute"),
    504: (b"<html>gateway timeout</html>", "warn", "try again later"),
    200: (b"<html>welcome</html>", "fail", "another service"),
    307: (b"", "fail", "check the address"),
}


@pytest.mark.parametrize("status", ANSWERS)
def test_what_the_endpoint_answers_is_told_with_what_to_do(examine: Examine, venue: Venue, status: int) -> None:
    body, result, said = ANSWERS[status]
    venue.status, venue.answers = status, dict.fromkeys(venue.answers, body)
    rows = examine()
    assert rows["trading endpoint"]["result"] == result
    assert said in rows["trading endpoint"]["next"]
    assert rows["account"]["result"] == rows["clock"]["result"] == "skip"
    assert "/elsewhere" not in venue.asked


def test_an_endpoint_where_nobody_listens_is_told_as_such(examine: Examine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    rows = examine(base_url=f"http://127.0.0.1:{port}", stream_url=f"ws://127.0.0.1:{port}/stream")
    assert rows["trading endpoint"]["result"] == rows["stream"]["result"] == "fail"
    assert "refused" in rows["stream"]["seen"]
    assert rows["data endpoint"]["result"] == "ok"


def test_a_server_that_accepts_and_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"http://127.0.0.1:{mute.getsockname()[1]}"
        with pytest.raises(VenueError, match=r"no whole answer within 0\.2 s"):
            ask(url, {}, deadline_s=0.2)
        knock(url)


@pytest.mark.parametrize("url", ["file:///etc/hosts", "ftp://127.0.0.1/x"])
def test_only_http_is_asked(url: str) -> None:
    with pytest.raises(VenueError, match="no http"):
        ask(url, {})


def test_missing_keys_are_named_and_nothing_else_of_them(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("APCA_API_SECRET_KEY")
    row = examine()["APCA_API_SECRET_KEY"]
    assert (row["result"], row["seen"].partition(";")[0]) == ("fail", "missing")


def test_a_live_key_in_a_paper_run_fails_before_it_trades(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APCA_API_KEY_ID", "AKPLANTEDLIVEKEY")
    row = examine()["paper or live"]
    assert row["result"] == "fail"
    assert "AKPLANTED" not in row["seen"]


def test_a_wrong_configuration_exits_2_and_the_rest_is_examined(cli: Cli, tmp_path: Path) -> None:
    ran = cli("doctor", "--json", "--set", "alerts.cluster_size=0", "--state-dir", tmp_path)
    rows = {row["name"]: row for row in ran.json()["rows"]}
    assert ran.code == 2
    assert "cluster_size" in rows["configuration"]["seen"]
    assert rows["disk"]["result"] == "ok"


def test_a_plugin_that_cannot_be_loaded_is_named(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    about = tmp_path / "site" / "broken-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[tidegate.plugins]\nbroken = no_such_module\n")
    monkeypatch.syspath_prepend(str(about.parent))
    ran = cli("doctor", "--json", "--set", "gates.broken.enabled=true", "--state-dir", tmp_path / "state")
    row = next(row for row in ran.json()["rows"] if row["name"] == "plugins")
    assert (ran.code, row["result"]) == (1, "fail")
    assert "gates.broken" in row["seen"]


def test_files_that_others_can_read_fail_with_the_command_that_mends_them(journal: Path) -> None:
    assert local.modes(journal).result == "ok"
    (journal / "tidegate.db").chmod(0o644)
    row = local.modes(journal)
    assert row.result == "fail"
    assert row.next == f"chmod go-rwx {journal / 'tidegate.db'}"


def test_a_journal_that_is_none_fails(journal: Path) -> None:
    assert local.journal(journal).result == "ok"
    (journal / "tidegate.db").write_bytes(b"no database" * 100)
    assert local.journal(journal).result == "fail"


def test_without_json_what_to_do_stands_below_its_row(cli: Cli, tmp_path: Path) -> None:
    ran = cli("doctor", "--set", "alerts.cluster_size=0", "--state-dir", tmp_path)
    lines = ran.out.splitlines()
    assert lines[1].startswith("fail")
    assert "-> mend it" in lines[2]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "term", "result", "advice"),
    [
        ((40, 120), "xterm-256color", "ok", ""),
        ((20, 60), "xterm-256color", "warn", "80x24"),
        ((40, 120), "dumb", "warn", "colours"),
    ],
)
def test_a_terminal_is_measured(size: tuple[int, int], term: str, result: str, advice: str) -> None:
    leader, follower = pty.openpty()
    ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
    clean = {name: value for name, value in os.environ.items() if name not in ("COLORTERM", "NO_COLOR")}
    subprocess.run(
        [sys.executable, "-X", "utf8", "-c", MEASURE],
        stdout=follower,
        env={**clean, "TERM": term},
        cwd=Path(__file__).parents[2],
        check=True,
    )
    row = json.loads(os.read(leader, 65536))
    os.close(leader)
    os.close(follower)
    assert row["result"] == result
    assert advice in row["next"]
