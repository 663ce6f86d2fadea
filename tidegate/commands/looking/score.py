"""`tidegate score SYMBOL`: what a signal on the symbol would score now, line by line."""

from datetime import datetime
from typing import Annotated

import typer

from tidegate.commands.looking.journal import journal_of
from tidegate.commands.options import AsJson, ConfigFile, Sets, StateDir
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.signals.clusters import forming_cluster
from tidegate.core.domain.signals.scoring import score as scored
from tidegate.core.domain.state import State
from tidegate.core.domain.values import Component, Direction
from tidegate.core.errors import InputError
from tidegate.output.printing import emit
from tidegate.output.shapes import ComponentShape, Shape
from tidegate.output.text import clock, table


class ScoreShape(Shape, frozen=True, kw_only=True):
    """What a signal in one direction would score as of `at`, the engine's time.

    `alerts` of the `needed` that make a cluster have come; `score` = clamped weighted mean x freshness x modifier.
    """

    symbol: str
    direction: str
    at: datetime
    alerts: int
    needed: int
    score: float
    components: dict[str, ComponentShape]
    coverage: float
    freshness: float
    regime: str
    regime_modifier: float
    price: float | None


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(score)


def score(
    symbol: Annotated[str, typer.Argument(help="A symbol that the journal knows.")],
    *,
    config: ConfigFile = None,
    sets: Sets = None,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Explain line by line what a signal on a symbol would score."""
    from tidegate.running.setup import configure  # noqa: PLC0415 - loads the engine, which looking commands do without

    rules = configure(config=config, sets=sets or ()).host.rules()
    with journal_of(state_dir) as journal:
        state = journal.state()
    symbol = symbol.upper()
    if symbol not in state.symbols:
        raise InputError(f"Nothing is known of {symbol}: no alert, price or reading of it is in the journal.")
    shapes = [_shape(state, symbol, way, rules) for way in (Direction.BULLISH, Direction.BEARISH)]
    emit(shapes, lambda found: "\n\n".join(map(_words, found)), as_json=as_json)


def _shape(state: State, symbol: str, direction: Direction, rules: Rules) -> ScoreShape:
    cluster = forming_cluster(state, symbol, direction)
    signal, _ = scored(cluster, state, rules)
    return ScoreShape(
        symbol=symbol,
        direction=direction,
        at=state.now,
        alerts=len(cluster.members),
        needed=state.alerts.cluster_size,
        score=signal.score if cluster.members else 0.0,
        components={name: _component(each) for name, each in signal.components.items()},
        coverage=signal.coverage,
        freshness=signal.freshness if cluster.members else 0.0,
        regime=signal.regime,
        regime_modifier=signal.regime_modifier,
        price=signal.decision_price,
    )


def _component(component: Component) -> ComponentShape:
    return ComponentShape(value=component.value, weight=component.weight, multiplier=component.multiplier)


def _words(shape: ScoreShape) -> str:
    rows = [
        [name, *_numbers(each), "unknown" if each.value is None else "#" * round(abs(each.value) * 10)]
        for name, each in shape.components.items()
    ]
    price = "unknown" if shape.price is None else f"{shape.price:,.2f} USD"
    come = f"{shape.alerts} of {shape.needed} alerts in the window"
    head = f"{shape.symbol} {shape.direction}  {shape.score:.2f} at {clock(shape.at)}  {come}  price {price}"
    foot = f"coverage {shape.coverage:.2f}, fresh {shape.freshness:.2f}, {shape.regime} x {shape.regime_modifier:.2f}"
    return "\n".join([head, table(["COMPONENT", "VALUE", "WEIGHT", "LEARNED", "ADDS", ""], rows, right="1234"), foot])


def _numbers(component: ComponentShape) -> list[str]:
    if component.value is None:
        return ["", f"{component.weight:.2f}", f"x {component.multiplier:.2f}", ""]
    adds = component.value * component.weight * component.multiplier
    return [f"{component.value:+.2f}", f"{component.weight:.2f}", f"x {component.multiplier:.2f}", f"{adds:+.2f}"]
