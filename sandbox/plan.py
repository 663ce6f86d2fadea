"""What goes wrong, and when: the faults that every venue knows, and plans of faults in TOML or JSON.

    [[faults]]
    kind = "rate_limit"
    method = "POST"
    path = "/v2/orders"
    from_s = 60.0
    for_s = 30.0

Windows are seconds of sandbox time since the plan was set. The first fault that ends a request or frame is the last.
"""

import tomllib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, ClassVar, Generic, Literal, Self, TypeAlias, TypeVar

import msgspec
from msgspec import Meta

from tidegate.core.errors import InputError

Seconds = Annotated[float, Meta(ge=0)]
Count = Annotated[int, Meta(ge=0)]
Status = Annotated[int, Meta(ge=200, le=599)]
FIRST = ("account", "socket")


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """When a fault strikes: inside its window, after `skip` matches, with `chance`, at most `count` times."""

    from_s: Seconds = 0.0
    for_s: Seconds | None = None
    skip: Count = 0
    count: Count | None = None
    chance: Annotated[float, Meta(ge=0, le=1)] = 1.0
    ends: ClassVar[bool] = False  # True: nothing of the request or frame is left for another fault
    alters: ClassVar[bool] = False  # True: the answer's document is changed

    def strikes(self, what: "Occasion") -> bool:
        """Whether it is about this request or frame."""
        raise NotImplementedError


class Occasion(msgspec.Struct, frozen=True, kw_only=True):
    """A request (`where` is "http"), or a frame of a stream: then `method` is its event and `path` its symbol."""

    where: Literal["http", "account", "data", "socket", "alert"]
    method: str
    path: str
    client_order_id: str = ""


class OnRequest(Fault, frozen=True, kw_only=True):
    """Faults of HTTP. `method` and `path` are shell patterns; /sandbox/ is never touched."""

    method: str = "*"
    path: str = "*"

    def strikes(self, what: Occasion) -> bool:
        """Whether the request's method and path match."""
        return what.where == "http" and fnmatchcase(what.method, self.method) and fnmatchcase(what.path, self.path)


class Text(OnRequest, frozen=True, kw_only=True, tag="body"):
    """A body that is not what it should be: HTML by default, or any text; with `late` after the work was done."""

    ends: ClassVar[bool] = True

    status: Status = 504
    text: str = "<html><head><title>504 Gateway Time-out</title></head><body>nginx</body></html>"
    content_type: str = "text/html"
    late: bool = False


class Slow(OnRequest, frozen=True, kw_only=True, tag="slow"):
    """The answer waits for real seconds, before the request is carried out or (`late`) after it."""

    seconds: Seconds = 1.0
    late: bool = False


class Drop(OnRequest, frozen=True, kw_only=True, tag="drop"):
    """The connection is cut without an answer, before the request is carried out or (`late`) after it."""

    ends: ClassVar[bool] = True

    late: bool = False


class SetField(OnRequest, frozen=True, kw_only=True, tag="set_field"):
    """A field of the answer gets another value, such as an enum value nobody knows; wherever it stands."""

    alters: ClassVar[bool] = True

    field: str
    value: str | int | float | bool | None


class RemoveFields(OnRequest, frozen=True, kw_only=True, tag="remove_fields"):
    """Fields are missing from the answer, wherever they stand."""

    alters: ClassVar[bool] = True

    fields: list[str]


class OnFrame(Fault, frozen=True, kw_only=True):
    """Faults of a stream, the venue's first one without `stream`; `event` and `symbol` are shell patterns.

    The event is that of trade_updates, the T of a data message, or a channel.
    """

    stream: Literal["account", "data"] | None = None
    event: str = "*"
    symbol: str = "*"

    def strikes(self, what: Occasion) -> bool:
        """Whether the frame's stream, event and symbol match."""
        ours = what.where in FIRST if self.stream is None else what.where == self.stream
        return ours and fnmatchcase(what.method, self.event) and fnmatchcase(what.path, self.symbol)


class Duplicate(OnFrame, frozen=True, kw_only=True, tag="duplicate"):
    """The frame comes twice."""


class Reorder(OnFrame, frozen=True, kw_only=True, tag="reorder"):
    """The frame comes after the next one."""


class Missing(OnFrame, frozen=True, kw_only=True, tag="missing"):
    """The frame never comes. With a window, the stream is mute while its connection stays."""

    ends: ClassVar[bool] = True


class Disconnect(OnFrame, frozen=True, kw_only=True, tag="disconnect"):
    """The connection is cut instead of the frame; the server holds its place as it does for any dead one."""

    ends: ClassVar[bool] = True


class Strange(OnFrame, frozen=True, kw_only=True, tag="frame_field"):
    """A field of the frame gets another value, wherever it stands."""

    field: str
    value: str | int | float | bool | None


Common: TypeAlias = Text | Slow | Drop | SetField | RemoveFields | Duplicate | Reorder | Missing | Disconnect | Strange
F = TypeVar("F", bound=Fault)


class PlanOf(msgspec.Struct, Generic[F], frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fault plan. `seed` decides every chance in it."""

    seed: int = 7
    faults: list[F] = []

    @classmethod
    def read(cls, path: Path) -> Self:
        """From a TOML or JSON file. Raises InputError with what is wrong."""
        try:
            if path.suffix == ".json":
                return msgspec.json.decode(path.read_bytes(), type=cls)
            return msgspec.convert(tomllib.loads(path.read_text()), cls)
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.DecodeError) as error:
            raise InputError(f"The fault plan {path} cannot be read: {error}") from error
