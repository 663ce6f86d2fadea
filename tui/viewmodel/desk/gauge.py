"""The gauge of net long delta against its limit, with the working orders apart and the limit as a mark."""

from tidegate.core.domain.views import Book
from tidegate.tui.viewmodel.numbers import age, dollars
from tidegate.tui.viewmodel.text import Line, Piece, length, line, spread

LABEL = " NET LONG DELTA "
STALE_S = 60.0
LIMIT_AT = 0.8  # of the bar's width: room enough to show by how much a limit is passed


def gauge_lines(book: Book, limit_pct: float | None, width: int) -> list[Line]:
    """Two lines in `width` cells: the bar with its percentage, and the dollars behind it."""
    said = _said(book, limit_pct)
    room = max(8, width - len(LABEL) - length(said) - 3)
    bar = _bar(book, limit_pct, room)
    first = spread((Piece(LABEL, "strong"), *bar, Piece("  ")), (*said, Piece(" ")), width)
    return [first, _second(book, limit_pct, width)]


def unknown_because(book: Book) -> str:
    """Why net delta is not known."""
    if book.equity is None:
        return "no account seen yet"
    if book.equity <= 0:
        return "equity is not above zero"
    if book.why:
        return book.why
    return f"account is {age(book.account_age_s or 0.0)} old"


def _said(book: Book, limit_pct: float | None) -> Line:
    limit = "limit unknown" if limit_pct is None else f"of {limit_pct:g} %"
    if book.net_pct is None:
        return line(Piece("unknown ", "alarm"), Piece(f" {limit}", "dim"))
    over = limit_pct is not None and book.net_pct > limit_pct
    number = Piece(f"{book.net_pct:.1f} ", "bad" if over else "strong")
    return line(*([Piece("OVER ", "bad")] if over else []), number, Piece(limit, "dim"))


def _bar(book: Book, limit_pct: float | None, width: int) -> Line:
    """One cell per step of the scale; the limit's cell is drawn over whatever is there."""
    full = limit_pct / LIMIT_AT if limit_pct else 100.0
    mark = round(width * LIMIT_AT) if limit_pct else -1
    net = book.net_pct
    if net is None or book.equity is None or book.equity <= 0 or book.held is None:
        cells = ["room"] * width
    else:
        held_pct = 100.0 * book.held / float(book.equity)
        held, total = (round(max(0.0, min(full, pct)) / full * width) for pct in (min(held_pct, net), net))
        cells = ["held"] * held + ["working"] * (total - held) + ["room"] * (width - total)
    glyphs = {"held": "█", "working": "▒", "room": "░" if net is not None else "╌"}
    runs: list[Piece] = []
    for index, tone in enumerate(cells):
        piece = Piece("┃", "limit") if index == mark else Piece(glyphs[tone], tone)
        if runs and runs[-1].tone == piece.tone:
            runs[-1] = Piece(runs[-1].text + piece.text, piece.tone)
        else:
            runs.append(piece)
    return tuple(runs)


def _second(book: Book, limit_pct: float | None, width: int) -> Line:
    indent = " " * len(LABEL)
    equity = line(Piece("equity ", "dim"), f"{dollars(book.equity)} ")
    if book.net_pct is None or book.equity is None or book.held is None or book.working is None:
        return spread(line(indent, Piece(f"unknown: {unknown_because(book)}", "warn")), equity, width)
    parts: list[str | Piece] = [indent, Piece("█ ", "held"), Piece("held ", "dim"), dollars(book.held)]
    if book.options:
        modelled = f" ({book.modelled} modelled)" if book.modelled else ""
        parts += [Piece(" of it options ", "dim"), f"{dollars(book.options)}{modelled}"]
    parts += ["   ", Piece("▒ ", "working"), Piece("working ", "dim"), dollars(book.working)]
    if limit_pct is not None:
        headroom = limit_pct / 100.0 * float(book.equity) - book.held - book.working
        tone = "bad" if headroom < 0 else ""
        parts += ["   ", Piece("headroom ", "dim"), Piece(f"{dollars(headroom)} USD", tone)]
    return spread(line(*parts), equity, width)
