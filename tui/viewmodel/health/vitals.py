"""The engine's own signs of life: the journal on its disk, and how the loop fares."""

from tidegate.tui.viewmodel.numbers import UNKNOWN, age, countdown
from tidegate.tui.viewmodel.text import Line, Piece, join, line
from tidegate.tui.viewmodel.told import number_of, time_of
from tidegate.tui.viewmodel.view import View

LABEL = 10
LAG_MS = 50.0  # a loop that comes later than this keeps people and the venue waiting
SHORT = 1_000_000_000  # bytes: a day with many alerts fills a tenth of it
UNITS = ("B", "kB", "MB", "GB", "TB")
DOT = Piece(" · ", "dim")


def vital_lines(view: View) -> list[Line]:
    """A line for the journal, and one for the engine."""
    return [_labelled("JOURNAL", _journal(view)), _labelled("ENGINE", _engine(view))]


def size(count: float) -> str:
    """Bytes as people read them: 12.4 MB."""
    step = 0
    while count >= 1000 and step < len(UNITS) - 1:
        count, step = count / 1000, step + 1
    return f"{count:.0f} {UNITS[step]}" if step == 0 or count >= 100 else f"{count:.1f} {UNITS[step]}"


def _labelled(label: str, parts: list[Line]) -> Line:
    return (Piece(f" {label:<{LABEL - 1}}", "title"), *join(parts, DOT))


def _journal(view: View) -> list[Line]:
    disk, engine = view.gauge("disk"), view.gauge("engine")
    taken, free = number_of(disk.get("bytes")), number_of(disk.get("free_bytes"))
    parts = [
        line(f"seq {view.state.seq:,}"),
        line(UNKNOWN if taken is None else size(taken)),
        _commit(view),
        _free(free),
    ]
    pending = number_of(engine.get("pending"))
    if pending:
        parts.append(line(Piece(f"{pending:,.0f} not on disk", "bad")))
    alarm = view.alarm or view.state.storage_failed
    if view.problem:
        return [line(Piece(view.problem, "warn"))]
    return [line(Piece(f" {alarm} ", "alarm")), *parts] if alarm else parts


def _commit(view: View) -> Line:
    at = time_of(view.gauge("engine").get("committed_at"))
    said = UNKNOWN if at is None else f"{age((view.wall - at).total_seconds())} ago"
    return line(Piece("commit ", "dim"), said)


def _free(free: float | None) -> Line:
    if free is None:
        return line(Piece("disk ", "dim"), UNKNOWN)
    return line(Piece(f"{size(free)} free", "bad" if free < SHORT else ""))


def _engine(view: View) -> list[Line]:
    told = view.gauge("engine")
    peak = number_of(told.get("peak_bytes"))
    return [
        _lag(number_of(told.get("lag_ms")), number_of(told.get("worst_ms"))),
        line(Piece("peak memory ", "dim"), UNKNOWN if peak is None else size(peak)),
        _uptime(view),
    ]


def _lag(lag: float | None, worst: float | None) -> Line:
    """The longest delay of the last minute, and of the run."""
    if lag is None or worst is None:
        return line(Piece("loop lag ", "dim"), UNKNOWN)
    return line(Piece("loop lag ", "dim"), _delay(lag), Piece(", worst ", "dim"), _delay(worst))


def _delay(value: float) -> Piece:
    return Piece("<1 ms" if value < 1 else f"{value:,.0f} ms", "warn" if value > LAG_MS else "")


def _uptime(view: View) -> Line:
    """From the start to the last heartbeat: a stopped engine does not grow older."""
    beat = view.gauges.get("heartbeat")
    started = time_of(view.gauge("heartbeat").get("started"))
    word = Piece("up " if view.state.running else "ran ", "dim")
    if beat is None or started is None:
        return line(word, UNKNOWN)
    return line(word, countdown((beat.at - started).total_seconds()))
