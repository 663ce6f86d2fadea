"""`tidegate quota`: how the calls that a service allows are shared out, and how many are used."""

from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import typer

from tidegate.commands.options import AsJson, ConfigFile, Sets, StateDir
from tidegate.core.errors import InputError
from tidegate.core.journaling.lock import holder
from tidegate.core.journaling.reader import Reader
from tidegate.folders import attached, has_journal
from tidegate.output.printing import emit
from tidegate.output.shapes import Shape
from tidegate.output.text import clock, table

DAY_S = 86_400.0
EXAMPLE = "--set sources.unusual_whales.enabled=true"


class UseShape(Shape, frozen=True, kw_only=True):
    """One count of the service: calls used of those allowed, and when it begins anew."""

    name: str
    used: float
    limit: float
    resets_at: datetime | None


class PlanShape(Shape, frozen=True, kw_only=True):
    """One thing that is asked for: seconds between two looks by rank (null: not asked), and calls still to come."""

    name: str
    path: str
    symbols: int
    held_s: float | None
    candidate_s: float | None
    watched_s: float | None
    calls: int


class QuotaShape(Shape, frozen=True, kw_only=True):
    """`quota`: one source. `at` is when a running engine said so; null for the plan of a configuration's whole day."""

    source: str
    at: datetime | None
    quotas: list[UseShape]
    plan: list[PlanShape]
    planned: int


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(quota)


def quota(*, config: ConfigFile = None, sets: Sets = None, state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Show the plan for a service's calls, and their use.

    Of the running engine, or else what the configuration would come to.
    """
    found = _running(attached(state_dir)) if not (config or sets) else []
    found = found or _configured(config, sets)
    if not found:
        raise InputError(f"No source that is on has a quota. tidegate quota {EXAMPLE} shows one that would.")
    emit(found, lambda shapes: "\n\n".join(map(_words, shapes)), as_json=as_json)


def _running(folder: Path) -> list[QuotaShape]:
    if holder(folder) is None or not has_journal(folder):
        return []
    with closing(Reader.open(folder)) as journal:
        feeds = journal.gauges().get("feeds")
    return [] if feeds is None else _shapes(feeds.body, feeds.at)


def _configured(config: Path | None, sets: list[str] | None) -> list[QuotaShape]:
    from tidegate.running.setup import configure  # noqa: PLC0415 - loads the engine, which looking commands do without

    sources = configure(config=config, sets=sets or ()).host.sources()
    return _shapes({key: msgspec.to_builtins(source.gauges()) for key, source in sources}, None)


def _shapes(feeds: Mapping[str, Mapping[str, Any]], at: datetime | None) -> list[QuotaShape]:
    found = []
    for key, told in feeds.items():
        if "plan" in told:
            plan = msgspec.convert(told["plan"], list[PlanShape])
            uses = msgspec.convert(told.get("quotas", []), list[UseShape])
            planned = sum(row.calls for row in plan)
            found.append(QuotaShape(source=key, at=at, quotas=uses, plan=plan, planned=planned))
    return found


def _words(shape: QuotaShape) -> str:
    when = f"as of {clock(shape.at)}" if shape.at else "a whole day of this configuration"
    uses = [
        f"{use.name}: {use.used:,.0f} of {use.limit:,.0f} used, anew at {clock(use.resets_at)}" for use in shape.quotas
    ]
    rows = [
        [row.name, str(row.symbols or ""), *map(_every, (row.held_s, row.candidate_s, row.watched_s)), f"{row.calls:,}"]
        for row in shape.plan
    ]
    head = ["ASKED FOR", "SYMBOLS", "HELD", "CANDIDATE", "WATCHED", "CALLS"]
    foot = f"{shape.planned:,} calls planned until the service's day ends"
    return "\n".join([f"{shape.source}, {when}", *uses, table(head, rows, right="12345"), foot])


def _every(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return "daily" if seconds >= DAY_S else f"{seconds:,.0f} s"
