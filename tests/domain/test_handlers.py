"""Handlers by annotation: none under a wrong kind, none twice, no kind forgotten."""

from types import ModuleType
from typing import Any

import pytest

from tidegate.core.domain import events as e
from tidegate.core.domain.events.handlers import Handlers
from tidegate.core.domain.folding import fold
from tidegate.core.domain.state import State
from tidegate.core.domain.stepping import step


def table() -> Handlers[Any]:
    return Handlers()


def on_tick(_: State, __: e.Recorded, event: e.Tick) -> None:
    """Takes a tick."""


def on_ends(_: State, __: e.Recorded, event: e.OrderCanceled | e.OrderExpired) -> None:
    """Takes two kinds."""


def on_anything(_: State, __: e.Recorded, event: object) -> None:
    """Takes no kind."""


def test_a_handler_stands_under_the_kind_that_it_is_annotated_with() -> None:
    handlers = table()
    handlers.handles(on_tick)
    handlers.handles(on_ends)
    assert handlers.by_kind == {e.Tick: on_tick, e.OrderCanceled: on_ends, e.OrderExpired: on_ends}


def test_a_second_handler_for_a_kind_is_refused_in_one_table_or_in_two() -> None:
    one, two = table(), table()
    for each in (one, two):
        each.handles(on_tick)
    with pytest.raises(TypeError, match="Tick is handled by on_tick already"):
        one.handles(on_tick)
    with pytest.raises(TypeError, match="Tick is handled by on_tick already"):
        table().with_all(one, two)


def test_an_annotation_that_is_no_kind_of_event_is_refused() -> None:
    with pytest.raises(TypeError, match=r"on_anything takes .*object"):
        table().handles(on_anything)


def test_a_kind_that_nobody_handles_or_lists_is_named() -> None:
    handlers = table()
    handlers.handles(on_tick)
    with pytest.raises(TypeError, match=r"both: BarSeen$"):
        handlers.complete((e.Tick, e.BarSeen), silent=())
    with pytest.raises(TypeError, match=r"both: Tick$"):
        handlers.complete((e.Tick,), silent=(e.Tick,))


@pytest.mark.parametrize("room", [fold, step], ids=["fold", "step"])
def test_every_kind_of_event_is_handled_or_listed_as_silent(room: ModuleType) -> None:
    assert set(e.KINDS.values()) == set(room.HANDLERS.by_kind) | set(room.SILENT)
    assert not set(room.HANDLERS.by_kind) & set(room.SILENT)
