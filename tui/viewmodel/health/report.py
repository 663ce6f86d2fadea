"""The health report: whether the week can be audited, what was tried with its evidence, and what else it notes."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

from tidegate.health.shapes import HealthShape, ProbeShape
from tidegate.tui.viewmodel.numbers import age
from tidegate.tui.viewmodel.table import Column, Row
from tidegate.tui.viewmodel.text import Line, Piece, line, spread
from tidegate.tui.viewmodel.view import View

EVIDENCE_LINES = 3
OLD_S = 150.0  # while the screen is open a report is made every minute
REPORT = (Column("CAPABILITY", 18), Column("RESULT", 7), Column("EVIDENCE", 40, flex=True))
NO_REPORT = "Nothing to examine before an engine has run here."
RESULTS = {"works": "good", "broken": "bad", "unknown": "warn", "off": "dim"}
IN_THE_WAY = ("broken", "unknown")


def report_title(view: View, width: int) -> Line:
    """The panel's title with the answer, and how old it is."""
    return spread((Piece(" REPORT   ", "title"), *_answer(view)), (*_age(view), Piece(" ")), width)


def report_rows(view: View) -> list[Row]:
    """First what is in the way of an audit, then what works or is off, then the notes; y copies the evidence."""
    shape = view.report.shape
    if shape is None:
        return []
    bad = [each for each in shape.capabilities if each.result in IN_THE_WAY]
    rest = [each for each in shape.capabilities if each.result not in IN_THE_WAY]
    return [
        *map(_probe, bad),
        *(
            _row(f"reason {n}", "in the way", Piece("NO", "bad"), said)
            for n, said in enumerate(_others(shape, shape.reasons))
        ),
        *map(_probe, rest),
        *(_row(f"note {n}", "note", Piece(""), said) for n, said in enumerate(_others(shape, shape.notes))),
    ]


def no_report(view: View) -> str:
    """What to say in place of rows."""
    if view.report.asking:
        return "asking ..."
    return "No report was made yet." if view.state.seq else NO_REPORT


def evidence_lines(row: Row | None, width: int) -> list[Line]:
    """All of the evidence of a row, as far as its lines go."""
    said = wrap(row.id, max(1, width - 4), max_lines=EVIDENCE_LINES, placeholder=" …") if row is not None else []
    return [line(Piece(f"  {each}", "dim")) for each in said]


def _answer(view: View) -> Line:
    """An answer that could not be had anew is not given again: only its rows stay, with their age."""
    report = view.report
    if report.problem:
        return line(Piece(report.problem, "warn"))
    if report.shape is None:
        return ()
    asked, count = Piece("ready for the end-of-week audit: ", "dim"), len(report.shape.reasons)
    if report.shape.ready:
        return line(asked, Piece("yes", "good"))
    return line(asked, Piece("NO", "bad"), Piece(f", {count} reason{'' if count == 1 else 's'}", "bad"))


def _age(view: View) -> Line:
    report = view.report
    asking = (Piece("asking ...", "accent"),) if report.asking else ()
    if report.shape is None:
        return asking
    old_s = (view.wall - report.shape.at).total_seconds()
    return (Piece(f"{age(old_s)} old ", "warn" if old_s > OLD_S else "dim"), *asking)


def _others(shape: HealthShape, said: Sequence[str]) -> Iterator[str]:
    """The sentences that no probe's row tells already."""
    told = {f"{each.name} is {each.result}: {each.evidence}" for each in shape.capabilities}
    return (each for each in said if each not in told)


def _probe(each: ProbeShape) -> Row:
    result = each.result.upper() if each.result == "broken" else each.result
    return _row(f"probe {each.name}", each.name, Piece(result, RESULTS.get(each.result, "warn")), each.evidence)


def _row(key: str, name: str, result: Piece, said: str) -> Row:
    return Row(key, (line(Piece(name, "strong")), line(result), line(said)), said)
