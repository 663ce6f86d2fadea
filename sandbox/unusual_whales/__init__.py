"""An Unusual Whales of our own: flow alerts and readings by REST, the socket, and faults on demand, on the loopback."""

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
from tidegate.sandbox.unusual_whales.plan import (
    Empty,
    Failure,
    Faults,
    Late,
    Malformed,
    Plan,
    RateLimit,
    Repeated,
    Twice,
)
from tidegate.sandbox.unusual_whales.runners import SandboxProcess, SandboxThread
from tidegate.sandbox.unusual_whales.sandbox import Sandbox
from tidegate.sandbox.unusual_whales.settings import TOKEN, Settings

__all__ = [
    "TOKEN",
    "Disconnect",
    "Drop",
    "Duplicate",
    "Empty",
    "Failure",
    "Faults",
    "Late",
    "Malformed",
    "Missing",
    "Plan",
    "RateLimit",
    "RemoveFields",
    "Reorder",
    "Repeated",
    "Sandbox",
    "SandboxProcess",
    "SandboxThread",
    "SetField",
    "Settings",
    "Slow",
    "Strange",
    "Text",
    "Twice",
]
