"""A stateful Alpaca of our own: trading, market data and both streams on the loopback, and faults on demand."""

from tidegate.sandbox.alpaca.plan import Failure, Faults, Plan, RateLimit
from tidegate.sandbox.alpaca.runners import SandboxProcess, SandboxThread
from tidegate.sandbox.alpaca.sandbox import Sandbox
from tidegate.sandbox.alpaca.settings import Settings
from tidegate.sandbox.alpaca.venue.habits import Habits
from tidegate.sandbox.clock import Clock
from tidegate.sandbox.plan import (
    Disconnect,
    Drop,
    Duplicate,
    Missing,
    RemoveFields,
    Reorder,
    SetField,
    Slow,
    Strange,
    Text,
)

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
