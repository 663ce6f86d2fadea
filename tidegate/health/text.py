"""The health report as Markdown. Times are UTC."""

from datetime import datetime

from tidegate.health.links import NO_CONNECTION
from tidegate.health.shapes import HealthShape, LinkShape
from tidegate.output.reports import grid
from tidegate.output.text import net_delta


def markdown(shape: HealthShape) -> str:
    """The whole report."""
    answer = "yes" if shape.ready else "NO"
    parts = [
        "# Health of Tidegate",
        f"{_when(shape.at)} UTC, version {shape.version}, journal in {shape.status.folder}.",
        f"**Ready for the end-of-week audit: {answer}**",
        "\n".join([*(f"- {each}" for each in shape.reasons), *(f"- note: {each}" for each in shape.notes)]),
        "## What it can do, tried just now",
        grid(
            ("capability", "result", "evidence"),
            [(each.name, each.result, each.evidence) for each in shape.capabilities],
        ),
        "## What it is now",
        grid(("", ""), [*_status(shape).items(), *shape.tally.items()]),
        "## Sources and venues",
        grid(LINKS, [_link(each) for each in shape.links]),
        "## Passed by policy, though the gate did not pass it",
        grid(PASSES, _passes(shape)),
        "## Configuration",
        grid(("key", "value", "from"), _settings(shape)),
    ]
    return "\n\n".join(part for part in parts if part)


PROBES = ("capability", "result", "evidence")
LINKS = ("what", "name", "state", "last success", "age, s", "errors", "429", "used / limit", "trouble")
PASSES = ("event", "when", "symbol", "gate", "result", "policy", "reason", "decision", "trace")


def _status(shape: HealthShape) -> dict[str, object]:
    status = shape.status
    halt = "none" if status.halt is None else f"{status.halt.level}: {status.halt.reason}"
    return {
        "engine": f"running, pid {status.pid}" if status.pid else f"stopped ({status.stop_reason or 'never ran'})",
        "mode": status.mode or "none yet",
        "last event": "none" if status.at is None else f"{status.seq:,} at {_when(status.at)}",
        "regime": status.regime,
        "net delta": net_delta(status),
        "equity, USD": status.equity,
        "open positions": status.positions,
        "waiting signals": status.queue,
        "halt": halt,
        "lockdown": status.lockdown or "off",
        "books": status.books or "kept here only",
        "venue": status.venue or "ok",
    }


def _link(link: LinkShape) -> tuple[object, ...]:
    used = ", ".join(f"{each.name} {_number(each.used)} / {_number(each.limit)}" for each in link.budgets)
    if link.state == NO_CONNECTION:
        return (link.kind, link.name, link.state, *([""] * 6))
    success = None if link.success_at is None else _when(link.success_at)
    limited = "" if link.kind == "source" else link.rate_limits
    return (link.kind, link.name, link.state, success, link.age_s, link.errors, limited, used, link.trouble)


def _passes(shape: HealthShape) -> list[tuple[object, ...]]:
    return [(each.seq, _when(each.at), *(getattr(each, name) for name in PASSES[2:])) for each in shape.passes]


def _settings(shape: HealthShape) -> list[tuple[object, ...]]:
    return [
        (each.key, each.value, ":".join(str(part) for part in (each.layer, each.file, each.line) if part is not None))
        for each in shape.settings
    ]


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,.0f}"


def _when(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"
