"""The two lines on top of every screen: mode, time, regime; engine, venue, account, halt, lockdown."""

from tidegate.core.domain.values import Regime
from tidegate.core.domain.values.lockdown import in_short
from tidegate.core.domain.views import Dashboard, dashboard
from tidegate.tui.viewmodel.hours import hours
from tidegate.tui.viewmodel.numbers import age, clock_time, countdown, signed
from tidegate.tui.viewmodel.text import Line, Piece, clean, join, length, line, spread
from tidegate.tui.viewmodel.view import SILENT_S, View

STALE_S = 60.0
REASON_CELLS = 12  # fewer say nothing
ORDER = ("engine", "behind", "pending", "halt", "books", "venue", "account", "lockdown")
BOOKS = "BOOKS"
DOT = Piece(" · ", "dim")
MODES = {"demo": "demo", "paper": "paper", "live": "live"}


def status_lines(view: View, width: int, *, paused: str = "") -> list[Line]:
    """Both lines in `width` cells; `paused` is the time at which drawing was paused, or empty."""
    board = dashboard(view.state, tape=0)
    right = [line(Piece(paused and f" DRAWING PAUSED {paused} ", "alarm"))] if paused else []
    right += [line(Piece(f"{clock_time(view.session_now)} ET", "strong")), line(Piece(hours(view.session_now), "dim"))]
    right += [line(_regime(board.regime))]
    left = line(" ", Piece("TIDEGATE", "accent"), "  ", *badge(board), "  ", Piece(session_title(board), "dim"))
    if length(left) + sum(length(part) + 2 for part in right) > width - 1:
        del right[-2]
    first = spread(left, (*join(right, Piece("  ")), Piece(" ")), width)
    return [first, _second(view, board, width)]


def badge(board: Dashboard) -> Line:
    """The mode in capitals, on its own colour."""
    mode = board.mode or "no session"
    word = "LIVE  REAL MONEY" if mode == "live" else mode.upper()
    return line(Piece(f" {word} ", MODES.get(mode, "paper")))


def session_title(board: Dashboard) -> str:
    """The session's title without the mode it may repeat."""
    title = board.session
    title = title[len(board.mode) :].strip() if board.mode and title.lower().startswith(board.mode) else title
    return title or ("synthetic day" if board.mode == "demo" else "")


def engine(view: View) -> Piece:
    """The engine in words: the age of its heartbeat, or why there is none."""
    state = view.state
    if view.alarm:
        return Piece("JOURNAL NOT WRITTEN entries stopped, exits go on", "alarm")
    if view.problem:
        return Piece("no journal", "alarm")
    if state.seq == 0:
        return Piece("engine not started", "warn")
    if state.running:
        return _heartbeat(view)
    ended = state.stop_reason.startswith("session")
    return Piece("session ended", "accent") if ended else Piece("engine stopped", "alarm")


def _heartbeat(view: View) -> Piece:
    beat = view.gauges.get("heartbeat")
    if beat is None:
        return Piece("engine silent", "alarm")
    old = (view.wall - beat.at).total_seconds()
    if old >= SILENT_S:
        return Piece(f"ENGINE SILENT {countdown(old) if old >= 60 else age(old)}", "alarm")
    return Piece("engine <1s" if old < 1 else f"engine {age(old)}")


def _regime(regime: Regime) -> Piece:
    tones = {Regime.PANIC: "alarm", Regime.RISK_OFF: "warn", Regime.UNKNOWN: "warn"}
    word = "regime unknown" if regime is Regime.UNKNOWN else regime.value
    return Piece(f" {word} " if regime is Regime.PANIC else word, tones.get(regime, "strong"))


def _second(view: View, board: Dashboard, width: int) -> Line:
    """Everything when it fits; the halt's reason, the account and the venue give way in this order."""
    parts = {"engine": engine(view), "halt": _halt(board), "lockdown": _lockdown(board)}
    spare = {"account": _account(board), "venue": _venue(view, board)} if board.seq else {}
    if waits := _waits(view, board):  # entries wait: this gives way to nothing
        room = width - _wide(list(parts.values())) - len(DOT.text)
        parts["books"] = Piece(next((text for text in waits if len(text) <= room), waits[-1]), "alarm")
    if view.pending:
        spare["pending"] = Piece(f"{view.pending} asked, not answered", "warn")
    if view.behind:
        spare["behind"] = Piece(f"catching up {view.behind:,}", "warn")
    while spare and _wide([*parts.values(), *spare.values()]) > width:
        del spare[next(iter(spare))]
    parts |= spare
    room = width - _wide(list(parts.values()))
    parts["halt"] = _halt(board, room)
    parts["lockdown"] = _lockdown(board, width - _wide(list(parts.values())))
    shown = _joined([parts[name] for name in ORDER if name in parts])
    seq = line(Piece(f"  seq {board.seq:,} ", "dim"))
    return spread(shown, seq if length(shown) + length(seq) <= width else (), width)


def _joined(parts: list[Piece]) -> Line:
    return (Piece(" "), *join((line(part) for part in parts), DOT))


def _wide(parts: list[Piece]) -> int:
    return length(_joined(parts)) + 1


def _halt(board: Dashboard, room: int = 0) -> Piece:
    """The halt; its reason in as many cells as there is room for."""
    if board.halt is None:
        return Piece("halt none")
    reason = f": {clean(board.halt.reason)}" if room >= REASON_CELLS else ""
    if len(reason) > room:
        reason = reason[: room - 1] + "…"
    return Piece(f" HALT {board.halt.level}{reason} ", "alarm")


def _lockdown(board: Dashboard, room: int = 0) -> Piece:
    """The lockdown; what has drifted in as many cells as there is room for."""
    if board.lockdown is None:
        return Piece("lockdown off")
    if not board.lockdown.drift:
        return Piece("lockdown on", "accent")
    said = f": {clean(in_short(board.lockdown.drift))}" if room >= REASON_CELLS else ""
    return Piece(f" DRIFT{said if len(said) <= room else said[: room - 1] + '…'} ", "alarm")


def _waits(view: View, board: Dashboard) -> tuple[str, ...]:
    """What keeps entries waiting, from most words to fewest; books that nobody can ask for are not to blame."""
    if board.unavailable is not None and not view.state.differences:
        said = clean(board.unavailable)
        first = said.partition(". Next")[0]
        return (f"venue: {said}", said, first, first.partition(" (")[0], "venue unavailable", "VENUE")
    return (board.books, board.books.partition(":")[0], BOOKS) if board.books else ()


def _venue(view: View, board: Dashboard) -> Piece:
    circuit = view.gauge("venue").get("circuit")
    if isinstance(circuit, dict) and circuit.get("state", "closed") != "closed":
        return Piece(f"venue circuit {circuit['state']}", "bad")
    if board.limited_until is not None:
        return Piece(f"venue limited to {clock_time(board.limited_until)}", "warn")
    return Piece("venue ok")


def _account(board: Dashboard) -> Piece:
    old = board.book.account_age_s
    if old is None:
        return Piece("account unknown", "warn")
    return Piece(f"account {age(old)} STALE", "bad") if old > STALE_S else Piece(f"account {age(old)}")


def tiny_line(view: View, width: int) -> Line:
    """The whole desk in one line, for terminals below 60x15: P&L, delta, state."""
    board = dashboard(view.state, tape=0)
    total = None if board.open_pnl is None else float(board.closed_pnl) + board.open_pnl
    delta = "delta unknown" if board.book.net_pct is None else f"delta {board.book.net_pct:.1f}%"
    drifted = board.lockdown is not None and board.lockdown.drift
    state = f"HALT {board.halt.level}" if board.halt is not None else "DRIFT" if drifted else engine(view).text
    parts = [line(signed(total)), line(delta), line(state), line(board.mode.upper()), line(board.regime.value)]
    return spread(join(parts, Piece(" ")), (), width)
