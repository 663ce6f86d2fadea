"""Everything that can be written in the journal: the union of facts and decisions, its codec, and `Recorded`."""

from datetime import datetime
from typing import Union, get_args

import msgspec

from core.domain.decisions import (
    BeliefUpdated,
    Decision,
    EntryAbandoned,
    ExitDecided,
    ExitLevelMoved,
    HaltLatched,
    HaltReleased,
    OrderPlaced,
    OrderRetried,
    PluginFailed,
    PluginQuarantined,
    PluginToggled,
    PositionClosed,
    PositionOpened,
    QueueDrained,
    QueueDropped,
    QueueExpired,
    QueueTaken,
    RegimeChanged,
    SignalJudged,
    SignalQueued,
    SignalScored,
)
from core.domain.effects import (
    Answer,
    ApplyToggle,
    AskAccount,
    AskBroker,
    Cancel,
    Effect,
    Find,
    Stop,
    Submit,
)
from core.domain.facts import (
    AccountSeen,
    AlertReceived,
    AlertRepeated,
    BarSeen,
    BrokerSeen,
    EngineStarted,
    EngineStopped,
    Event,
    Fact,
    InputIgnored,
    InputRejected,
    OrderAbsent,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFact,
    OrderFilled,
    OrderRejected,
    OrderUnknown,
    QuoteSeen,
    RateLimited,
    ReadingSeen,
    RequestReceived,
    SourceFact,
    SourceFailed,
    Tick,
    VenueUnavailable,
)

__all__ = [
    "KINDS",
    "AccountSeen",
    "AlertReceived",
    "AlertRepeated",
    "Answer",
    "AnyEvent",
    "ApplyToggle",
    "AskAccount",
    "AskBroker",
    "BarSeen",
    "BeliefUpdated",
    "BrokerSeen",
    "Cancel",
    "Decision",
    "Effect",
    "EngineStarted",
    "EngineStopped",
    "EntryAbandoned",
    "Event",
    "ExitDecided",
    "ExitLevelMoved",
    "Fact",
    "Find",
    "HaltLatched",
    "HaltReleased",
    "InputIgnored",
    "InputRejected",
    "OrderAbsent",
    "OrderAccepted",
    "OrderCanceled",
    "OrderExpired",
    "OrderFact",
    "OrderFilled",
    "OrderPlaced",
    "OrderRejected",
    "OrderRetried",
    "OrderUnknown",
    "PluginFailed",
    "PluginQuarantined",
    "PluginToggled",
    "PositionClosed",
    "PositionOpened",
    "QueueDrained",
    "QueueDropped",
    "QueueExpired",
    "QueueTaken",
    "QuoteSeen",
    "RateLimited",
    "ReadingSeen",
    "Recorded",
    "RegimeChanged",
    "RequestReceived",
    "SignalJudged",
    "SignalQueued",
    "SignalScored",
    "SourceFact",
    "SourceFailed",
    "Stop",
    "Submit",
    "Tick",
    "VenueUnavailable",
    "decode",
    "encode",
]

AnyEvent = Union[  # noqa: UP007 - spelled out for the decoder
    EngineStarted, EngineStopped, RequestReceived, Tick,
    AlertReceived, AlertRepeated, InputRejected, InputIgnored, QuoteSeen, BarSeen, ReadingSeen, SourceFailed,
    AccountSeen, BrokerSeen,
    OrderAccepted, OrderFilled, OrderCanceled, OrderExpired, OrderRejected, OrderUnknown, OrderAbsent,
    RateLimited, VenueUnavailable,
    SignalScored, SignalJudged, SignalQueued, QueueTaken, QueueDrained, QueueDropped, QueueExpired,
    OrderPlaced, OrderRetried, EntryAbandoned, PositionOpened, ExitLevelMoved, ExitDecided, PositionClosed,
    BeliefUpdated, RegimeChanged, HaltLatched, HaltReleased, PluginToggled, PluginFailed, PluginQuarantined,
]  # fmt: skip
KINDS: dict[str, type[Event]] = {kind.__name__: kind for kind in get_args(AnyEvent)}


class Recorded(msgspec.Struct, frozen=True):
    """An event with its place in the journal: sequence number, time (UTC) and trace ("" when it has none)."""

    seq: int
    at: datetime
    trace: str
    event: AnyEvent


encode = msgspec.json.Encoder(decimal_format="string").encode
decode = msgspec.json.Decoder(AnyEvent).decode
