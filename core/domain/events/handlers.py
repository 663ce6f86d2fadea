"""Handlers by the kind of event. The annotation of a handler's event is its key: none can stand under a wrong one."""

from collections.abc import Callable, Collection
from types import UnionType
from typing import Any, Generic, TypeVar, get_args

from tidegate.core.domain.events.facts import Event

H = TypeVar("H", bound=Callable[..., Any])
EVENT = 2  # where a handler takes its event: after the state and the record


class Handlers(Generic[H]):
    """A table of handlers, filled by `@TABLE.handles`."""

    def __init__(self) -> None:
        self.by_kind: dict[type[Event], H] = {}

    def handles(self, handler: H) -> H:
        """Take a handler for the kind, or the union of kinds, that its third parameter is annotated with.

        Raises:
            TypeError: The annotation is no kind of event, or a kind has a handler already.
        """
        said = tuple(handler.__annotations__.values())[EVENT]
        for kind in get_args(said) if isinstance(said, UnionType) else (said,):
            if not (isinstance(kind, type) and issubclass(kind, Event)):
                raise TypeError(f"{handler.__qualname__} takes {kind!r}, which is no kind of event")
            self._put(kind, handler)
        return handler

    def with_all(self, *others: "Handlers[H]") -> "Handlers[H]":
        """The same table with others' handlers. Raises TypeError when two of them take one kind."""
        for each in others:
            for kind, handler in each.by_kind.items():
                self._put(kind, handler)
        return self

    def complete(self, kinds: Collection[type[Event]], *, silent: Collection[type[Event]]) -> dict[type[Event], H]:
        """The table, once every kind has its handler or is listed as one that nothing is done about.

        Raises:
            TypeError: A kind is in neither, or in both.
        """
        wrong = {kind.__name__ for kind in kinds if (kind in self.by_kind) == (kind in silent)}
        if wrong:
            raise TypeError(f"neither handled nor listed as silent, or both: {', '.join(sorted(wrong))}")
        return self.by_kind

    def _put(self, kind: type[Event], handler: H) -> None:
        if kind in self.by_kind:
            rival = self.by_kind[kind].__qualname__
            raise TypeError(f"{kind.__name__} is handled by {rival} already, not by {handler.__qualname__} too")
        self.by_kind[kind] = handler
