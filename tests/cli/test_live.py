"""PAPER and LIVE: a start is refused, in words, unless everything agrees; then the engine runs on that account only."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tidegate.commands.options import overrides
from tidegate.folders import attached
from tidegate.running import detached as process

Cli = Callable[..., Any]
Refused = Callable[..., str]

pytestmark = pytest.mark.usefixtures("broker")
PAPER_KEY, LIVE_KEY, HUSH = "PKPLANTEDPAPERKEY", "AKPLANTEDLIVEKEY", "planted/secret+value"
ACCOUNT = {"id": "9f0a-4711", "account_number": "123456789", "status": "ACTIVE"}
BROKER = '''
import asyncio
import json
from typing import ClassVar
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tidegate import Executor, Identity, hookimpl, secret


class Broker(Executor, frozen=True, kw_only=True):
    """A venue that says whose account it is and trades nothing."""

    name: ClassVar[str] = "broker"
    base_url: str = "https://paper-api.example.org"
    stream_url: str = ""
    knows: bool = True
    paper_account: bool = False

    def secrets(self):
        return ("APCA_API_KEY_ID", "APCA_API_SECRET_KEY")

    async def identity(self):
        if not self.knows:
            return None
        headers = {"APCA-API-KEY-ID": secret("APCA_API_KEY_ID"), "APCA-API-SECRET-KEY": secret("APCA_API_SECRET_KEY")}
        request = Request(self.base_url + "/v2/account", headers=headers)
        try:
            answer = await asyncio.to_thread(lambda: urlopen(request, timeout=120).read())
        except HTTPError as error:
            error.close()
            raise RuntimeError(f"{error} with {headers}") from error
        said = json.loads(answer)
        return Identity(
            account_id=said["id"],
            account_number=said["account_number"],
            status=said["status"],
            paper=self.paper_account,
        )

    async def open(self, line):
        pass

    async def account(self, at):
        return None


@hookimpl
def tidegate_executors():
    return [Broker]
'''


class Venue:
    """A server that knows one account, and what it was asked."""

    def __init__(self) -> None:
        self.status = 200
        self.asked: list[str] = []
        self.url = ""


@pytest.fixture
def venue() -> Iterator[Venue]:
    found = Venue()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(f"{self.command} {self.path}")
            self.send_response(found.status)
            self.end_headers()
            self.wfile.write(json.dumps(ACCOUNT).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with serving(Answers) as found.url:
        yield found


@contextmanager
def serving(answers: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), answers)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A stranger's executor, installed for this process and for those it starts, and both keys in the environment."""
    about = tmp_path / "site" / "stranger-1.0.dist-info"
    about.mkdir(parents=True)
    (tmp_path / "site" / "stranger_broker.py").write_text(BROKER)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[tidegate.plugins]\nbroker = stranger_broker\n")
    monkeypatch.syspath_prepend(str(about.parent))
    monkeypatch.setenv("PYTHONPATH", str(about.parent))
    monkeypatch.setenv("APCA_API_KEY_ID", LIVE_KEY)
    monkeypatch.setenv("APCA_API_SECRET_KEY", HUSH)
    yield
    sys.modules.pop("stranger_broker", None)


def words(mode: str, **settings: str) -> list[str]:
    """The command line of a run with the stranger's executor."""
    chosen = {"mode": mode, "executors.paper.enabled": "false", "executors.broker.enabled": "true"}
    named = {f"executors.broker.{name}": value for name, value in settings.items()}
    return [word for key, value in {**chosen, **named}.items() for word in ("--set", f"{key}={value}")]


@pytest.fixture
def refused(cli: Cli, tmp_path: Path) -> Refused:
    """Starts an engine that must be refused; says in which words. No key is ever among them, and no journal begins."""

    def start(*arguments: str) -> str:
        ran = cli("engine", "--state-dir", tmp_path / "state", *arguments)
        assert (ran.code, ran.out) == (3, "")
        assert not any(key in ran.err for key in (PAPER_KEY, LIVE_KEY, HUSH))
        assert not (tmp_path / "state" / "tidegate.db").exists()
        return str(ran.err)

    return start


def test_live_in_the_configuration_alone_is_refused(refused: Refused, venue: Venue) -> None:
    assert "--live ACCOUNT_ID" in refused(*words("live", base_url=venue.url))
    assert venue.asked == []


def test_live_on_the_command_line_alone_is_refused(refused: Refused, venue: Venue) -> None:
    said = refused(*words("paper", base_url=venue.url), "--live", ACCOUNT["id"])
    assert 'set mode = "live"' in said
    assert venue.asked == []


def test_a_bundled_session_is_never_live(refused: Refused) -> None:
    assert "this is a demo run" in refused("--session", "demo", "--live", ACCOUNT["id"])


def test_a_simulated_venue_is_never_live(refused: Refused) -> None:
    assert "executors.paper only simulates" in refused("--set", "mode=live", "--live", ACCOUNT["id"])


def test_real_money_never_follows_a_recording(refused: Refused, venue: Venue, tmp_path: Path) -> None:
    (tmp_path / "day.jsonl").write_text("")
    recorded = ["sources.recording.enabled=true", f'sources.recording.files=["{tmp_path / "day.jsonl"}"]']
    sets = [word for each in recorded for word in ("--set", each)]
    said = refused(*words("live", base_url=venue.url), *sets, "--live", ACCOUNT["id"])
    assert "sources.recording replays a recording" in said
    assert venue.asked == []


@pytest.mark.parametrize("name", ["base_url", "stream_url"])
@pytest.mark.parametrize("mode", ["paper", "live"])
def test_endpoints_of_the_other_kind_are_refused(refused: Refused, venue: Venue, mode: str, name: str) -> None:
    url, money = {
        "paper": ("https://api.alpaca.markets", "real"),
        "live": ("https://paper-api.alpaca.markets", "paper"),
    }[mode]
    urls = {"base_url": venue.url, name: url}
    said = refused(*words(mode, **urls), *(["--live", ACCOUNT["id"]] if mode == "live" else []))
    assert f"executors.broker.{name} is {url}, which is for {money} money" in said
    assert venue.asked == []


@pytest.mark.parametrize("mode", ["paper", "live"])
def test_keys_of_the_other_kind_are_refused(
    refused: Refused, venue: Venue, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    key, kind = {"paper": (LIVE_KEY, "live"), "live": (PAPER_KEY, "paper")}[mode]
    monkeypatch.setenv("APCA_API_KEY_ID", key)
    said = refused(*words(mode, base_url=venue.url), *(["--live", ACCOUNT["id"]] if mode == "live" else []))
    assert f"APCA_API_KEY_ID is a {kind} key" in said
    assert venue.asked == []


def test_a_missing_key_is_named(refused: Refused, venue: Venue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APCA_API_KEY_ID", PAPER_KEY)
    monkeypatch.setenv("APCA_API_SECRET_KEY", "  ")
    assert "executors.broker needs APCA_API_SECRET_KEY" in refused(*words("paper", base_url=venue.url))


def test_keys_never_travel_readable(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APCA_API_KEY_ID", PAPER_KEY)
    assert "where keys would travel readable" in refused(*words("paper", base_url="http://example.org"))


def test_every_disagreement_is_told_at_once(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("APCA_API_SECRET_KEY")
    said = refused(*words("paper", base_url="https://api.alpaca.markets"), "--live", ACCOUNT["id"])
    assert len(said.splitlines()) == 4


def test_another_account_is_refused_after_one_question(refused: Refused, venue: Venue) -> None:
    said = refused(*words("live", base_url=venue.url), "--live", "987654321")
    assert "trade another account (it ends with 6789)" in said
    assert venue.asked == ["GET /v2/account"]


def test_a_paper_account_is_never_live(refused: Refused, venue: Venue) -> None:
    said = refused(*words("live", base_url=venue.url, paper_account="true"), "--live", ACCOUNT["id"])
    assert "is a paper account" in said


def test_a_venue_that_cannot_say_whose_account_it_is_is_never_live(refused: Refused, venue: Venue) -> None:
    said = refused(*words("live", base_url=venue.url, knows="false"), "--live", ACCOUNT["id"])
    assert "cannot say whose account it trades" in said


def test_a_venue_that_refuses_the_question_is_quoted_without_the_keys(refused: Refused, venue: Venue) -> None:
    venue.status = 401
    said = refused(*words("live", base_url=venue.url), "--live", ACCOUNT["id"])
    assert "could not say whose account it is" in said
    assert "401" in said


def test_a_journal_of_another_mode_is_left_alone(cli: Cli, other_journal: Path, venue: Venue) -> None:
    ran = cli("engine", "--state-dir", other_journal, *words("live", base_url=venue.url), "--live", ACCOUNT["id"])
    assert ran.code == 3
    assert "holds a journal of mode paper, but this is a live run" in ran.err
    assert venue.asked == []


@pytest.mark.slow
@pytest.mark.parametrize("named", ["id", "account_number"])
def test_an_engine_runs_live_when_everything_agrees(cli: Cli, venue: Venue, tmp_path: Path, named: str) -> None:
    folder = tmp_path / "live"
    process.start(folder, [*words("live", base_url=venue.url), "--live", ACCOUNT[named]])
    try:
        assert cli("status", "--state-dir", folder, "--json").object()["mode"] == "live"
        assert venue.asked == ["GET /v2/account"]
    finally:
        assert cli("stop", "--force", "--state-dir", folder).code == 0


def test_an_engine_in_the_background_gets_the_account() -> None:
    assert overrides(None, None, None, live="4711").arguments() == ["--live", "4711"]


def test_looking_finds_the_live_engine_where_no_paper_engine_ever_ran(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIDEGATE_STATE", str(tmp_path))
    for mode in ("demo", "live", "paper"):
        (tmp_path / mode).mkdir()
        (tmp_path / mode / "tidegate.db").touch()
        assert attached(None) == tmp_path / mode
