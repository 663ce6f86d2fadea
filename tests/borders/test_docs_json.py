"""docs/json.md says what the program prints."""

import re
from pathlib import Path

import msgspec
import pytest

import tidegate.cli  # loads every command, and the shapes that live beside one
from tidegate.audit import shapes as audit_shapes
from tidegate.commands import backup, lockdown, record
from tidegate.commands.looking import learner, price, quota, regime, score
from tidegate.commands.reports import verify
from tidegate.health import shapes as health_shapes
from tidegate.output import shapes

PAGE = (Path(__file__).parents[2] / "docs" / "json.md").read_text()
SHAPES: dict[str, type[shapes.Shape]] = {
    "error": shapes.ErrorShape,
    "summary": shapes.SummaryShape,
    "status": shapes.StatusShape,
    "halt": shapes.HaltShape,
    "position": shapes.PositionShape,
    "component": shapes.ComponentShape,
    "target": shapes.TargetShape,
    "queued signal": shapes.QueueShape,
    "judgement": shapes.WhyShape,
    "verdict": shapes.VerdictShape,
    "trace": shapes.TraceShape,
    "plugin": shapes.PluginShape,
    "setting": shapes.SettingShape,
    "check": shapes.CheckShape,
    "comparison": shapes.ReconcileShape,
    "difference": shapes.DifferenceShape,
    "answer": shapes.AnswerShape,
    "doctor": shapes.DoctorShape,
    "diagnosis": shapes.DiagnosisShape,
    "version": shapes.VersionShape,
    "regime": regime.RegimeShape,
    "history": regime.HistoryShape,
    "score": score.ScoreShape,
    "price": price.PriceShape,
    "candidate": price.CandidateShape,
    "recorded": record.RecordShape,
    "quota": quota.QuotaShape,
    "use": quota.UseShape,
    "asked": quota.PlanShape,
    "verified": verify.VerifyShape,
    "finding": verify.FindingShape,
    "decided again": verify.AgainShape,
    "backup": backup.BackupShape,
    "cell": learner.CellShape,
    "move": learner.MoveShape,
    "lockdown": lockdown.LockdownShape,
    "audit": audit_shapes.AuditShape,
    "sample": audit_shapes.SampleShape,
    "trade": audit_shapes.TradeShape,
    "block": audit_shapes.BlockShape,
    "queue outcome": audit_shapes.QueueOutcomeShape,
    "change": audit_shapes.LearnedShape,
    "fault": audit_shapes.FaultShape,
    "happening": audit_shapes.HappenedShape,
    "health": health_shapes.HealthShape,
    "probe": health_shapes.ProbeShape,
    "pass": health_shapes.PassShape,
    "link": health_shapes.LinkShape,
    "budget": health_shapes.UsedShape,
}
TABLES = {
    title.strip(): re.findall(r"^\| `(\w+)` \|", body, re.MULTILINE)
    for title, body in re.findall(r"^### (.+?)$(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
}


@pytest.mark.parametrize("title", SHAPES)
def test_the_page_lists_exactly_the_fields_in_their_order(title: str) -> None:
    assert TABLES[title] == [field.encode_name for field in msgspec.structs.fields(SHAPES[title])]


def test_every_shape_has_its_table_and_every_table_its_shape() -> None:
    assert set(TABLES) == set(SHAPES)
    public = {each for each in every(shapes.Shape) if each.__module__.startswith(tidegate.cli.__name__.split(".")[0])}
    assert public == set(SHAPES.values())


def every(shape: type[shapes.Shape]) -> list[type[shapes.Shape]]:
    return [each for child in shape.__subclasses__() for each in (child, *every(child))]
