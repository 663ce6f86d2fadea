"""A stateful Alpaca of our own: trading, market data and both streams on the loopback, and faults on demand."""

from tidegate.sandbox.alpaca.clock import Clock
from tidegate.sandbox.alpaca.faults import Faults
from tidegate.sandbox.alpaca.habits import Habits
from tidegate.sandbox.alpaca.plan import (
    Disconnect,
    Drop,
    Duplicate,
    Failure,
    Missing,
    Plan,
    RateLimit,
    RemoveFields,
    Reorder,
    SetField,
    Slow,
    Strange,
    Text,
)
from tidegate.sandbox.alpaca.runners import SandboxProcess, SandboxThread
from tidegate.sandbox.alpaca.sandbox import Sandbox, Settings

__all__ = [
    "Clock",
    "Disconnect",
    "Drop",
    "Duplicate",
    "Failure",
    "Faults",
    "Habits",
    "Missing",
    "Plan",
    "RateLimit",
    "RemoveFields",
    "Reorder",
    "Sandbox",
    "SandboxProcess",
    "SandboxThread",
    "SetField",
    "Settings",
    "Slow",
    "Strange",
    "Text",
]
