"""No key is ever written down: planted ones are looked for in everything that a run leaves behind."""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.waiting import PATIENCE_S
from tidegate.core.redaction import HIDDEN, redact, remember
from tidegate.tui.app import Desk

ROOT = Path(__file__).parents[2]
PLANTED = {
    "APCA_API_KEY_ID": "PKPLANTEDKEYIDFORTESTS",
    "APCA_API_SECRET_KEY": "planted0secret/with+signs0for0tests",
    "UW_API_TOKEN": "11112222-planted-token-3333",
}
LEAKY = '''
import logging
import os
import threading
from datetime import UTC, datetime
from typing import ClassVar

from tidegate.plugins.executors.paper.plugin import Paper
from tidegate import InputIgnored, Scorer, Source, hookimpl, secret

BEGIN = datetime(2025, 10, 15, 13, 29, tzinfo=UTC)
NAMES = ("APCA_API_KEY_ID", "APCA_API_SECRET_KEY", "UW_API_TOKEN")


def all_of_them():
    return " ".join(f"{name}={secret(name)}" for name in NAMES)


class LeakySource(Source, frozen=True, kw_only=True):
    """Says too much when it fails, in its own name, in a log and from a thread."""

    name: ClassVar[str] = "leaky"
    recorded: ClassVar[bool] = True

    async def stream(self, feed):
        await feed.publish((BEGIN, InputIgnored(source="leaky", cursor=1, where="leaky:1", what="a greeting")))
        logging.getLogger("leaky").error("cannot log in with %s", all_of_them())
        thread = threading.Thread(target=self.fail)
        thread.start()
        thread.join()
        self.fail()

    def fail(self):
        raise ConnectionError(all_of_them())


class LeakyScorer(Scorer, frozen=True, kw_only=True):
    """Says too much when it fails."""

    name: ClassVar[str] = "leaky"

    def score(self, cluster, state):
        raise ValueError(all_of_them())


class LeakyExecutor(Paper, frozen=True, kw_only=True):
    """Says too much whenever an order is sent, or when it cannot even begin."""

    name: ClassVar[str] = "leaky"
    opens: bool = True

    async def open(self, line):
        if not self.opens:
            raise RuntimeError(all_of_them())
        await super().open(line)

    async def submit(self, order, at):
        raise TimeoutError(all_of_them())


@hookimpl
def tidegate_sources():
    return [LeakySource]


@hookimpl
def tidegate_scorers():
    return [LeakyScorer]


@hookimpl
def tidegate_executors():
    return [LeakyExecutor]
'''
CONFIG = """
[sources.leaky]
[scorers.leaky]
[executors.paper]
enabled = false
[executors.leaky]
seed = 7
"""
ALPACA = """
[executors.paper]
enabled = false
[executors.alpaca]
enabled = true
base_url = "{url}"
stream_url = "{stream}"
requests_per_minute = 10000
poll_s = 0.1
[sources.recording]
enabled = true
files = ["{recording}"]
"""
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """The command line in a process of its own, with planted keys and a leaky stranger installed."""
    about = tmp_path / "site" / "leaky-1.0.dist-info"
    about.mkdir(parents=True)
    (tmp_path / "site" / "leaky.py").write_text(LEAKY)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: leaky\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[tidegate.plugins]\nleaky = leaky\n")
    (tmp_path / "own.toml").write_text(CONFIG)
    clean = {name: value for name, value in os.environ.items() if name != "TIDEGATE_DEBUG"}
    environment = {**clean, **PLANTED, "PYTHONPATH": os.pathsep.join([str(about.parent), str(ROOT)])}

    def call(*words: str | Path, **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "tidegate", *map(str, words)],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={**environment, **more},
            timeout=PATIENCE_S,
        )

    return call


def leaks(text: str | bytes) -> list[str]:
    """The names of the planted keys whose values are in a text."""
    data = text.encode() if isinstance(text, str) else text
    return [name for name, value in PLANTED.items() if value.encode() in data]


def written(folder: Path) -> dict[str, list[str]]:
    """Every file and every table below a folder that holds a planted key."""
    found = {str(path): leaks(path.read_bytes()) for path in folder.rglob("*") if path.is_file()}
    for path in folder.rglob("*.db"):
        with sqlite3.connect(path) as database:
            tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for table in tables:
                found[f"{path}:{table}"] = leaks(repr(database.execute(f"SELECT * FROM {table}").fetchall()))
        database.close()
    return {where: names for where, names in found.items() if names}


async def pictures(folder: Path) -> str:
    """Every screen of the desk over a journal."""
    desk, seen = Desk(folder, rate_hz=0), []
    async with desk.run_test(size=(200, 60)) as pilot:
        for key in "12345":
            await pilot.press(key)
            await pilot.pause()
            seen.append(desk.export_screenshot())
    return "\n".join(seen)


@pytest.mark.slow
def test_a_demo_and_a_doctor_leave_no_key_behind(run: Run, tmp_path: Path) -> None:
    state = tmp_path / "state"
    day = run("demo", "--headless", "--json", "--state-dir", state)
    seen = run("doctor", "--json", "--state-dir", state)
    assert (day.returncode, seen.returncode) == (0, 0), day.stderr + seen.stderr
    assert leaks(day.stdout + day.stderr + seen.stdout + seen.stderr) == []
    assert written(state) == {}


@pytest.mark.long
def test_plugins_that_quote_keys_leave_none_in_journal_commands_or_screens(run: Run, tmp_path: Path) -> None:
    state = tmp_path / "state"
    day = run("engine", "--session", "demo", "--config", "own.toml", "--state-dir", state, "--json")
    assert day.returncode == 0, day.stderr
    assert HIDDEN in day.stderr  # the log line and the thread's traceback
    with sqlite3.connect(state / "tidegate.db") as database:
        rows = database.execute("SELECT kind, body FROM journal WHERE instr(body, ?)", (HIDDEN,)).fetchall()
    database.close()
    assert {"SourceFailed", "PluginFailed", "OrderUnknown"} <= {kind for kind, _ in rows}
    trace = json.loads(run("why", "--json", "--state-dir", state).stdout)[0]["trace"]
    said = [run(*words, "--state-dir", state) for words in (["trace", trace], ["status"], ["plugins"], ["why"])]
    assert leaks("".join(each.stdout + each.stderr for each in (day, *said))) == []
    assert written(state) == {}
    assert leaks(asyncio.run(pictures(state))) == []


@pytest.mark.slow
@pytest.mark.parametrize("debug", ["", "1"])
def test_a_crash_quotes_no_key(run: Run, tmp_path: Path, debug: str) -> None:
    state, sets = tmp_path / "state", ["--set", "executors.leaky.opens=false"]
    words = ["engine", "--session", "demo", "--config", "own.toml", "--state-dir", state, *sets]
    crashed = [run(*words, *more, TIDEGATE_DEBUG=debug) for more in ([], ["--json"])]
    assert {each.returncode for each in crashed} == {1}
    assert all(HIDDEN in each.stderr + each.stdout for each in crashed)
    assert leaks("".join(each.stdout + each.stderr for each in crashed)) == []
    assert written(state) == {}


@pytest.mark.long
def test_a_venue_that_quotes_the_keys_leaves_none_in_journal_log_traces_commands_or_screens(
    run: Run, tmp_path: Path
) -> None:
    pytest.importorskip("alpaca", reason="the extra [alpaca] is not installed")
    from scripts.rehearsal.stage import session  # noqa: PLC0415 - needs the extra [sandbox]
    from tidegate.sandbox.alpaca import Failure, Plan, SandboxThread, Settings, Text  # noqa: PLC0415 - the same

    key, hush = PLANTED["APCA_API_KEY_ID"], PLANTED["APCA_API_SECRET_KEY"]
    quoted = f"denied for {key}, {hush}, {quote(hush, safe='')}"
    plan = Plan(
        faults=[
            Failure(method="POST", path="/v2/orders", status=422, message=quoted, count=1),
            Text(method="POST", path="/v2/orders", text=f"<html>{quoted}</html>", count=1, skip=1),
            Failure(method="GET", path="/v2/account*", status=403, message=quoted, chance=0.3),
            Failure(method="GET", path="/v2/positions", status=500, message=quoted, chance=0.2),
        ]
    )
    state, recording = tmp_path / "state", session(tmp_path, start=43.0, minutes=4.0)
    settings = Settings(
        key_id=key, secret_key=hush, follow=state, always_open=True, requests_per_minute=None, plan=plan
    )
    with SandboxThread(settings) as box:
        (tmp_path / "own.toml").write_text(ALPACA.format(url=box.url, stream=box.stream_url, recording=recording))
        day = run("engine", "--config", "own.toml", "--state-dir", state, "--speed", "60", TIDEGATE_DEBUG="1")
        sick = run("doctor", "--config", "own.toml", "--state-dir", state)
        injected = box.call(lambda it: {fault.kind for fault in it.faults.log})
    assert day.returncode == 0, day.stderr
    assert injected == {"error", "body"}
    traces = [each["trace"] for each in json.loads(run("why", "--json", "--state-dir", state).stdout)]
    said = [run(*words, "--state-dir", state) for words in (*(["trace", each] for each in traces), ["status"], ["why"])]
    assert HIDDEN in "".join(each.stdout for each in said)
    assert leaks("".join(each.stdout + each.stderr for each in (day, sick, *said))) == []
    assert written(tmp_path) == {}
    assert leaks(asyncio.run(pictures(state))) == []


@pytest.mark.parametrize(
    "text",
    [
        "APCA-API-SECRET-KEY: abcdefgh12345",
        "{'APCA-API-KEY-ID': 'abcdefgh12345', 'Accept': '*/*'}",
        "[(b'apca-api-secret-key', b'abcdefgh12345')]",
        "Authorization: Bearer abcdefgh12345",
        '{"action":"authenticate","data":{"key_id":"abcdefgh12345","secret_key":"abcdefgh12345"}}',
        "UW_API_TOKEN=abcdefgh12345 tidegate run",
    ],
)
def test_what_looks_like_a_key_in_a_header_is_hidden_although_nobody_knows_it(text: str) -> None:
    assert "abcdefgh12345" not in redact(text)
    assert HIDDEN in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "APCA_API_KEY_ID is missing, set it in the environment",
        "total_premium is null",
        "the password, unfortunately, is wrong",
        "gates.pace: limit_pct = 70.0",
    ],
)
def test_ordinary_sentences_stay_as_they_are(text: str) -> None:
    assert redact(text) == text


@given(before=st.text(), after=st.text())
def test_a_remembered_value_is_hidden_wherever_it_stands(before: str, after: str) -> None:
    remember("a-remembered/value", "short")
    assert "a-remembered/value" not in redact(f"{before}a-remembered/value{after}")
    assert "a-remembered%2Fvalue" not in redact(f"{before}a-remembered%2Fvalue{after}")
    assert redact("a short word") == "a short word"


KEYRING = """
import os

def get_password(service, name):
    if os.environ.get("RING") == "locked":
        raise RuntimeError("locked")
    return {("tidegate", "APCA_API_KEY_ID"): "from-the-ring\\n"}.get((service, name))
"""
ASK = """
from tidegate.keys import keyring_trouble, origin, secret
print(secret("APCA_API_KEY_ID"), origin("APCA_API_KEY_ID"), keyring_trouble())
"""


@pytest.mark.parametrize(
    ("environment", "answer"),
    [
        ({"APCA_API_KEY_ID": " from-outside "}, "from-outside environment None"),
        ({"APCA_API_KEY_ID": "  "}, "from-the-ring keyring None"),
        ({}, "from-the-ring keyring None"),
        ({"RING": "locked"}, "None None RuntimeError"),
    ],
)
def test_the_environment_is_asked_first_and_then_the_keyring(
    environment: dict[str, str], answer: str, tmp_path: Path
) -> None:
    (tmp_path / "keyring.py").write_text(KEYRING)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("APCA_")}
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        capture_output=True,
        text=True,
        check=True,
        env={**clean, **environment, "PYTHONPATH": path},
    )
    assert done.stdout.strip() == answer
