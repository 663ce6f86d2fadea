"""The plugins: kind, state, calls, time, and the settings of one with their origin."""

from typing import Any

from tidegate.tui.viewmodel.numbers import NONE
from tidegate.tui.viewmodel.table import Column, Row
from tidegate.tui.viewmodel.text import Line, Piece, line, spread
from tidegate.tui.viewmodel.view import View

PLUGINS = (
    Column("KIND", 9),
    Column("NAME", 19),
    Column("STATE", 11),
    Column("CALLS", 8, "right"),
    Column("FAILED", 6, "right"),
    Column("p50 us", 7, "right", 2),
    Column("p99 us", 7, "right", 1),
    Column("WHAT IT DOES", 24, "left", 3, flex=True),
)
NO_PLUGINS = "No plugin known yet. They are listed once an engine has started here."


def plugins(view: View) -> list[dict[str, Any]]:
    """Every plugin the engine told of; without that, those named in the journal."""
    known = view.gauges.get("plugins")
    if known is not None and isinstance(known.body, list):
        return [each for each in known.body if isinstance(each, dict) and "key" in each]
    return [_named(key) for key in view.state.plugins]


def plugins_title(view: View, width: int) -> Line:
    """The panel's title with what is out of order."""
    known = plugins(view)
    left = line(Piece(" PLUGINS ", "title"), Piece(str(len(known)), "strong"))
    bad = len(view.state.quarantined)
    right = line(Piece(f"{bad} quarantined ", "bad")) if bad else line(Piece("all answering ", "dim")) if known else ()
    return spread(left, right, width)


def plugin_rows(view: View) -> list[Row]:
    """One row per plugin, in the order of configuration."""
    return [Row(str(each["key"]), _cells(each, view), str(each["key"])) for each in plugins(view)]


def switched_on(plugin: dict[str, Any], view: View) -> bool:
    """Whether the plugin is on, after the toggles of this run."""
    return view.state.toggled.get(str(plugin["key"]), bool(plugin.get("enabled", True)))


def plugin_lines(plugin: dict[str, Any] | None, view: View) -> list[Line]:
    """The plugin under the cursor: what it is, its problem if it has one, its settings."""
    if plugin is None:
        return []
    lines = [line(Piece(f" {plugin['key']} ", "title"), Piece(str(plugin.get("summary") or ""), "dim"))]
    problem = plugin.get("problem")
    if str(plugin["key"]) in view.state.quarantined:
        failures = view.state.failures.get(str(plugin["key"]), 0)
        problem = problem or f"failed {failures} times and is left out for this run"
    if problem:
        lines.append(line(Piece(f" {problem}", "bad")))
    settings, origin = plugin.get("settings"), plugin.get("origin")
    for name, value in (settings if isinstance(settings, dict) else {}).items():
        where = origin.get(name, "") if isinstance(origin, dict) else origin or ""
        lines.append(line(f" {name} ", Piece("= ", "dim"), Piece(_value(value), "accent"), Piece(f"   {where}", "dim")))
    return lines


def _named(key: str) -> dict[str, Any]:
    kind, _, name = key.partition(".")
    return {"key": key, "kind": kind, "name": name, "enabled": True, "loaded": True}


def _value(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)


def _state(plugin: dict[str, Any], view: View) -> Piece:
    if str(plugin["key"]) in view.state.quarantined:
        return Piece("QUARANTINED", "alarm")
    if not switched_on(plugin, view):
        return Piece("off", "dim")
    if plugin.get("problem"):
        return Piece("problem", "bad")
    return Piece("on", "good") if plugin.get("loaded", True) else Piece("not loaded", "warn")


def _cells(plugin: dict[str, Any], view: View) -> tuple[Line, ...]:
    key = str(plugin["key"])
    failures = max(view.state.failures.get(key, 0), int(plugin.get("failures") or 0))
    return (
        line(Piece(str(plugin.get("kind", "")), "dim")),
        line(Piece(str(plugin.get("name", key)), "strong")),
        line(_state(plugin, view)),
        line(_count(plugin.get("calls"))),
        line(Piece(str(failures), "bad" if failures else "dim")),
        line(_count(plugin.get("p50_us"))),
        line(_count(plugin.get("p99_us"))),
        line(Piece(str(plugin.get("summary") or ""), "dim")),
    )


def _count(value: object) -> Piece:
    return Piece(f"{value:,.0f}") if isinstance(value, int | float) else NONE
