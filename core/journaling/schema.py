"""The shape of tidegate.db: tables, and views for people.

Times are ISO 8601 UTC text with microseconds, so that text order is time order. Bodies are JSON.
"""

import sqlite3
from pathlib import Path

from tidegate.core.errors import JournalError
from tidegate.core.journaling.database import transaction
from tidegate.core.journaling.migrations import HEAD, migrate

VERSION = 2
APPLICATION_ID = 0x54474154  # "TGAT": tells our file from another program's
DISK_LIMIT_BYTES = 64 * 1024 * 1024  # a WAL that grew during a burst shrinks back to this

# The traces index is partial: quotes and ticks, the bulk of a journal, have none. Queries must say trace <> ''.
# Requests never reuse an id: the engine remembers the last one it journaled.
TABLES = (
    """CREATE TABLE journal (
        seq INTEGER PRIMARY KEY, at TEXT NOT NULL, trace TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL,
        hash TEXT NOT NULL DEFAULT '')""",
    "CREATE INDEX journal_trace ON journal (trace) WHERE trace <> ''",
    "CREATE INDEX journal_kind ON journal (kind)",
    HEAD,
    "CREATE TABLE aliases (alias TEXT PRIMARY KEY, trace TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE sources (name TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TABLE checkpoints (seq INTEGER PRIMARY KEY, digest TEXT NOT NULL, body BLOB NOT NULL)",
    """CREATE TABLE requests (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000+00:00', 'now')),
        who TEXT NOT NULL, name TEXT NOT NULL, args TEXT NOT NULL, ok INTEGER, answer TEXT)""",
    "CREATE TABLE gauges (key TEXT PRIMARY KEY, at TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID",
)

# Money and quantities are REAL in views, for reading; the exact decimals are in journal.body.
# +kind keeps SQLite on the trace index, which is always the narrower one.
VIEWS = (
    # trades: one row per closed position. seq, trace, symbol, direction, side, quantity (shares), entry_price,
    # exit_price, pnl and fees (dollars, pnl net), pnl_pct, regime (at entry), opened_at, closed_at, reasons (JSON)
    """CREATE VIEW trades AS SELECT seq, trace,
        json_extract(body, '$.outcome.symbol') AS symbol,
        json_extract(body, '$.outcome.direction') AS direction,
        json_extract(body, '$.outcome.side') AS side,
        CAST(json_extract(body, '$.outcome.quantity') AS REAL) AS quantity,
        CAST(json_extract(body, '$.outcome.entry_price') AS REAL) AS entry_price,
        CAST(json_extract(body, '$.outcome.exit_price') AS REAL) AS exit_price,
        CAST(json_extract(body, '$.outcome.pnl') AS REAL) AS pnl,
        CAST(json_extract(body, '$.outcome.fees') AS REAL) AS fees,
        json_extract(body, '$.outcome.pnl_pct') AS pnl_pct,
        json_extract(body, '$.outcome.regime') AS regime,
        json_extract(body, '$.outcome.opened_at') AS opened_at,
        json_extract(body, '$.outcome.closed_at') AS closed_at,
        json_extract(body, '$.outcome.reasons') AS reasons
    FROM journal WHERE kind = 'PositionClosed'""",
    # verdicts: one row per gate and judgement. seq, at, trace, symbol, direction, score, attempt (1: the first),
    # decision, gate, result, policy (of UNKNOWN, else null), measured, "limit", unit, reason
    """CREATE VIEW verdicts AS SELECT j.seq, j.at, j.trace,
        json_extract(j.body, '$.judgement.signal.symbol') AS symbol,
        json_extract(j.body, '$.judgement.signal.direction') AS direction,
        json_extract(j.body, '$.judgement.signal.score') AS score,
        coalesce(json_extract(j.body, '$.judgement.signal.attempt'), 1) AS attempt,
        json_extract(j.body, '$.judgement.decision') AS decision,
        json_extract(v.value, '$.gate') AS gate,
        json_extract(v.value, '$.result') AS result,
        json_extract(v.value, '$.policy') AS policy,
        json_extract(v.value, '$.measured') AS measured,
        json_extract(v.value, '$.limit') AS "limit",
        coalesce(json_extract(v.value, '$.unit'), '') AS unit,
        coalesce(json_extract(v.value, '$.reason'), '') AS reason
    FROM journal AS j, json_each(j.body, '$.judgement.verdicts') AS v WHERE j.kind = 'SignalJudged'""",
    # fills: one row per execution. seq, at, trace, client_order_id, execution_id, symbol, leg, side,
    # quantity in shares, price and fee in dollars
    """CREATE VIEW fills AS SELECT f.seq, f.at, f.trace,
        json_extract(f.body, '$.client_order_id') AS client_order_id,
        json_extract(f.body, '$.execution_id') AS execution_id,
        json_extract(p.body, '$.order.symbol') AS symbol,
        json_extract(p.body, '$.order.leg') AS leg,
        json_extract(p.body, '$.order.side') AS side,
        CAST(json_extract(f.body, '$.quantity') AS REAL) AS quantity,
        CAST(json_extract(f.body, '$.price') AS REAL) AS price,
        CAST(coalesce(json_extract(f.body, '$.fee'), '0') AS REAL) AS fee
    FROM journal AS f LEFT JOIN journal AS p ON p.seq = (
        SELECT max(o.seq) FROM journal AS o
        WHERE o.trace = f.trace AND o.trace <> '' AND +o.kind = 'OrderPlaced' AND o.seq < f.seq
            AND json_extract(o.body, '$.order.client_order_id') = json_extract(f.body, '$.client_order_id'))
    WHERE f.kind = 'OrderFilled'""",
    # positions: one row per open position. trace, symbol, opened_at, quantity (shares, negative when short),
    # direction, score, regime, regime_modifier, ignition_status, owner
    """CREATE VIEW positions AS SELECT p.trace,
        json_extract(p.body, '$.symbol') AS symbol,
        p.at AS opened_at,
        (SELECT sum(CASE f.side WHEN 'buy' THEN f.quantity ELSE -f.quantity END)
            FROM fills AS f WHERE f.trace = p.trace) AS quantity,
        json_extract(p.body, '$.entry.direction') AS direction,
        json_extract(p.body, '$.entry.score') AS score,
        json_extract(p.body, '$.entry.regime') AS regime,
        coalesce(json_extract(p.body, '$.entry.regime_modifier'), 1.0) AS regime_modifier,
        coalesce(json_extract(p.body, '$.entry.ignition_status'), 'unknown') AS ignition_status,
        coalesce(json_extract(p.body, '$.entry.owner'), 'tidegate') AS owner
    FROM journal AS p WHERE p.kind = 'PositionOpened' AND NOT EXISTS (
        SELECT 1 FROM journal AS c
        WHERE c.trace = p.trace AND c.trace <> '' AND +c.kind = 'PositionClosed' AND c.seq > p.seq)""",
    # queue: one row per waiting signal. trace, symbol, direction, score, queued_at, expires_at, attempts, reason
    """CREATE VIEW queue AS SELECT q.trace,
        json_extract(q.body, '$.signal.symbol') AS symbol,
        json_extract(q.body, '$.signal.direction') AS direction,
        json_extract(q.body, '$.signal.score') AS score,
        json_extract(q.body, '$.queued_at') AS queued_at,
        json_extract(q.body, '$.expires_at') AS expires_at,
        json_extract(q.body, '$.attempts') AS attempts,
        json_extract(q.body, '$.reason') AS reason
    FROM journal AS q WHERE q.kind = 'SignalQueued' AND NOT EXISTS (
        SELECT 1 FROM journal AS l
        WHERE l.trace = q.trace AND l.trace <> '' AND l.seq > q.seq
            AND +l.kind IN ('SignalQueued', 'QueueDrained', 'QueueDropped', 'QueueExpired'))""",
)


def version(connection: sqlite3.Connection, path: Path) -> int:
    """The schema version of a journal, 0 for an empty file.

    Raises:
        JournalError: the file is newer than this program, or another program's.
    """
    found = int(connection.execute("PRAGMA user_version").fetchone()[0])
    owner = int(connection.execute("PRAGMA application_id").fetchone()[0])
    tables = int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
    if owner != APPLICATION_ID and (tables or found or owner):
        raise JournalError(f"{path} is another program's database, not a journal")
    if found > VERSION:
        raise JournalError(f"{path} has schema {found}, newer than this program's {VERSION}: update tidegate")
    return found


def prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Set a writer's pragmas and create what is missing, all or nothing; an older journal is brought up to date."""
    found = version(connection, path)
    connection.execute("PRAGMA wal_autocheckpoint = 8000")
    if connection.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
        raise JournalError(f"{path}: this file system cannot hold a write-ahead log; use a local disk")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA journal_size_limit = {DISK_LIMIT_BYTES}")
    connection.execute("PRAGMA cache_size = -16000")
    if 0 < found < VERSION:
        migrate(connection, path, found=found, wanted=VERSION)
    if found == 0:
        with transaction(connection):
            for statement in (*TABLES, *VIEWS):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
