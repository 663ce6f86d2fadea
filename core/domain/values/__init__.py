"""Values: what is said and thought before any order exists. Money and quantities of orders are Decimal."""

from tidegate.core.domain.values.market import Alert, Bar, Quote, Reading
from tidegate.core.domain.values.options import OPTION, Contract, DeltaOrigin, OptionKind, OptionMark, contract_of
from tidegate.core.domain.values.sides import PositionSide, Side
from tidegate.core.domain.values.signals import (
    Component,
    DecisionKind,
    Direction,
    Ignition,
    Judgement,
    OnError,
    Policy,
    Regime,
    Result,
    Signal,
    Uncounted,
    Verdict,
    blocked,
    observed,
    passed,
    unknown,
)
from tidegate.core.domain.values.value import Value

__all__ = [
    "OPTION",
    "Alert",
    "Bar",
    "Component",
    "Contract",
    "DecisionKind",
    "DeltaOrigin",
    "Direction",
    "Ignition",
    "Judgement",
    "OnError",
    "OptionKind",
    "OptionMark",
    "Policy",
    "PositionSide",
    "Quote",
    "Reading",
    "Regime",
    "Result",
    "Side",
    "Signal",
    "Uncounted",
    "Value",
    "Verdict",
    "blocked",
    "contract_of",
    "observed",
    "passed",
    "unknown",
]
