"""What gates stopped and let pass, and what became of queued signals."""

import re
from collections import Counter

from tidegate.audit.shapes import BlockShape, QueueOutcomeShape
from tidegate.core.domain import events as e
from tidegate.core.domain.values import Verdict

NUMBER = re.compile(r"\d[\d.,]*(?<![.,])")
Block = tuple[str, str, str | None, str]  # gate, result, policy, reason


def reason_of(text: str) -> str:
    """A reason without its numbers, so that equal reasons count together: "equity is # s old"."""
    return NUMBER.sub("#", text)


class Judged:
    """Every judgement of the week; blocks count at the first one, as everywhere."""

    def __init__(self) -> None:
        self.signals = 0
        self.decisions, self.passed = Counter[str](), Counter[str]()
        self._blocks = Counter[Block]()

    def take(self, recorded: e.Recorded) -> None:
        """One `SignalJudged`."""
        if not isinstance(recorded.event, e.SignalJudged):
            return
        judgement = recorded.event.judgement
        first = judgement.signal.attempt == 1
        if first:
            self.signals += 1
            self.decisions[judgement.decision] += 1
        for verdict in judgement.verdicts:
            if verdict.passes_by_policy:
                self.passed[verdict.gate] += 1
            elif verdict.blocks and first:
                self._blocks[_block(verdict)] += 1

    def blocks(self) -> list[BlockShape]:
        """The most frequent first."""
        ordered = sorted(self._blocks.items(), key=lambda item: (-item[1], str(item[0])))
        return [
            BlockShape(gate=gate, result=result, policy=policy, reason=reason, signals=count)
            for (gate, result, policy, reason), count in ordered
        ]


def _block(verdict: Verdict) -> Block:
    over = verdict.measured is not None and verdict.limit is not None
    reason = reason_of(verdict.reason) or ("outside its limit" if over else "no reason given")
    return verdict.gate, verdict.result.value, verdict.policy, reason


class Queued:
    """The week's queue."""

    def __init__(self) -> None:
        self._ends, self._reasons = Counter[str](), Counter[str]()
        self._queued = 0
        self._waiting: set[str] = set()

    def take(self, recorded: e.Recorded) -> None:
        """An event of the queue."""
        match recorded.event:
            case e.SignalQueued():
                self._queued += recorded.event.attempts == 1
                self._waiting.add(recorded.trace)
                return
            case e.QueueDropped():
                self._reasons[reason_of(recorded.event.reason)] += 1
            case e.QueueDrained() | e.QueueExpired():
                pass
            case _:
                return
        self._ends[type(recorded.event).__name__] += 1
        self._waiting.discard(recorded.trace)

    def shape(self) -> QueueOutcomeShape:
        """What became of them."""
        return QueueOutcomeShape(
            queued=self._queued,
            drained=self._ends["QueueDrained"],
            dropped=self._ends["QueueDropped"],
            expired=self._ends["QueueExpired"],
            waiting=len(self._waiting),
            reasons=dict(self._reasons.most_common()),
        )
