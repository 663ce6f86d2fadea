"""The rules for leaving a position, long and short, at their edges."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate import Direction, Exit, ExitDecision, ExitLevel, Position, PositionSide, Target
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.stepping.exit_rules import decide
from tidegate.plugins.exits.stale import Stale
from tidegate.plugins.exits.stop import Stop
from tidegate.plugins.exits.target import TargetExit
from tidegate.plugins.exits.time_limit import TimeLimit
from tidegate.plugins.exits.trailing import Trailing
from tidegate.testing import NOW, a_position, a_quote, a_state

LONG, SHORT = PositionSide.LONG, PositionSide.SHORT
PLAN = TargetExit().plan()
EXITS: tuple[Exit, ...] = (Stop(), Trailing(), TargetExit(), TimeLimit(), Stale())
OPENED = NOW - timedelta(minutes=10)


def ask(rule: Exit, position: Position, price: float, *, minutes: float = 10.0) -> ExitDecision | None:
    """What the rule wants at a price, so many minutes after the position was opened."""
    at = OPENED + timedelta(minutes=minutes)
    position.priced_s, position.priced_at = minutes * 60.0, at  # watched all the time
    return rule.check(position, a_state(a_quote(last=price, at=at, bid=price, ask=price), at=at))


def level(rule: Exit, position: Position) -> ExitLevel | None:
    return rule.level(position, a_state(a_quote()))


@pytest.mark.parametrize("rule", EXITS, ids=lambda rule: rule.name)
def test_no_price_is_no_decision(rule: Exit) -> None:
    position = a_position(targets=PLAN, high_water=110.0)
    assert rule.check(position, a_state(position, at=NOW + timedelta(days=1))) is None


@pytest.mark.parametrize("rule", EXITS, ids=lambda rule: rule.name)
@pytest.mark.parametrize("side", [LONG, SHORT])
def test_a_young_position_at_its_entry_price_is_left_alone(rule: Exit, side: PositionSide) -> None:
    assert ask(rule, a_position(side=side, targets=PLAN), 100.0) is None


# ---- stop


@pytest.mark.parametrize(
    ("side", "price", "acts"),
    [
        (LONG, 97.0, True),
        (LONG, 97.01, False),
        (LONG, 50.0, True),
        (LONG, 103.0, False),
        (SHORT, 103.0, True),
        (SHORT, 102.99, False),
        (SHORT, 150.0, True),
        (SHORT, 97.0, False),
    ],
)
def test_stop_acts_at_exactly_three_percent_of_loss(side: PositionSide, price: float, *, acts: bool) -> None:
    decision = ask(Stop(), a_position(side=side), price)
    assert (decision is not None) is acts
    if decision is not None:
        assert (decision.rule, decision.quantity, decision.full) == ("stop", Decimal(10), True)
        assert (decision.limit, decision.unit) == (-3.0, "%")


def test_stop_acts_at_the_limit_whatever_float_makes_of_the_prices() -> None:
    for cents in range(100, 40_000, 100):
        position = a_position(cost=Decimal(cents) / 10)
        assert ask(Stop(), position, round(cents * 0.97 / 100, 4)) is not None


@pytest.mark.parametrize(("side", "price"), [(LONG, 97.0), (SHORT, 103.0)])
def test_stop_shows_its_price(side: PositionSide, price: float) -> None:
    assert level(Stop(), a_position(side=side)) == ExitLevel(rule="stop", price=price)


# ---- trailing


@pytest.mark.parametrize(
    ("side", "high_water", "price", "acts"),
    [
        (LONG, 110.0, 108.35, True),
        (LONG, 110.0, 108.36, False),
        (LONG, 101.5, 99.0, True),
        (LONG, 101.49, 99.0, False),
        (LONG, 100.0, 98.0, False),
        (SHORT, 90.0, 91.35, True),
        (SHORT, 90.0, 91.34, False),
        (SHORT, 98.5, 101.0, True),
        (SHORT, 98.51, 101.0, False),
    ],
)
def test_trailing_acts_exactly_its_percent_from_the_mark_once_armed(
    side: PositionSide, high_water: float, price: float, *, acts: bool
) -> None:
    decision = ask(Trailing(), a_position(side=side, high_water=high_water), price)
    assert (decision is not None) is acts
    if decision is not None:
        assert (decision.rule, decision.quantity, decision.full) == ("trailing", Decimal(10), True)


@pytest.mark.parametrize(("side", "high_water", "price"), [(LONG, 110.0, 108.35), (SHORT, 90.0, 91.35)])
def test_trailing_shows_its_price_once_armed(side: PositionSide, high_water: float, price: float) -> None:
    shown = level(Trailing(), a_position(side=side, high_water=high_water))
    assert shown is not None
    assert shown.price == pytest.approx(price)
    assert level(Trailing(), a_position(side=side, high_water=100.0)) is None


# ---- target


@pytest.mark.parametrize(
    ("bought", "price", "shares", "hit"),
    [
        (10, 101.99, 0, ()),
        (10, 102.0, 3, (0,)),
        (10, 105.0, 6, (0, 1)),
        (10, 110.0, 10, (0, 1, 2)),
        (10, 150.0, 10, (0, 1, 2)),
        (5, 102.0, 2, (0,)),
        (1, 102.0, 0, ()),
        (1, 105.0, 1, (0, 1)),
        (2, 102.0, 1, (0,)),
    ],
)
@pytest.mark.parametrize("side", [LONG, SHORT])
def test_targets_round_the_sum_to_whole_shares(
    side: PositionSide, bought: int, price: float, shares: int, hit: tuple[int, ...]
) -> None:
    position = a_position(bought=bought, side=side, targets=PLAN)
    decision = ask(TargetExit(), position, price if side is LONG else 200.0 - price)
    if shares == 0:
        assert decision is None
    else:
        assert decision is not None
        assert (int(decision.quantity), decision.targets) == (shares, hit)
        assert decision.full is (shares == bought)


def test_a_target_hit_before_is_not_hit_again() -> None:
    position = a_position(quantity=Decimal(7), targets=PLAN, targets_hit=[0])
    assert ask(TargetExit(), position, 102.5) is None
    second = ask(TargetExit(), position, 105.0)
    assert second is not None
    assert (int(second.quantity), second.targets, second.full) == (3, (1,), False)


def test_shares_that_another_rule_sold_are_not_sold_again() -> None:
    assert ask(TargetExit(), a_position(quantity=Decimal(5), targets=PLAN), 102.0) is None
    decision = ask(TargetExit(), a_position(quantity=Decimal(5), targets=PLAN), 105.0)
    assert decision is not None
    assert decision.quantity == 1


def test_an_order_that_filled_in_part_is_made_up_for_at_the_next_target() -> None:
    decision = ask(TargetExit(), a_position(quantity=Decimal(9), targets=PLAN, targets_hit=[0]), 105.0)
    assert decision is not None
    assert decision.quantity == 5


def test_the_last_target_sells_fractions_too() -> None:
    decision = ask(TargetExit(), a_position(bought=Decimal("2.5"), targets=PLAN), 110.0)
    assert decision is not None
    assert (decision.quantity, decision.full) == (Decimal("2.5"), True)


def test_a_plan_of_more_than_everything_sells_what_is_there() -> None:
    greedy = tuple(Target(pct=pct, fraction=0.9) for pct in (1.0, 2.0, 3.0))
    decision = ask(TargetExit(), a_position(targets=greedy), 102.0)
    assert decision is not None
    assert (decision.quantity, decision.full) == (Decimal(10), True)


def test_a_position_keeps_the_targets_it_was_opened_with() -> None:
    own = (Target(pct=1.0, fraction=1.0),)
    decision = ask(TargetExit(), a_position(targets=own), 101.0)
    assert decision is not None
    assert decision.full
    assert ask(TargetExit(), a_position(), 150.0) is None


def test_the_plan_lists_the_nearest_target_first() -> None:
    far, near = Target(pct=8.0, fraction=0.5), Target(pct=4.0, fraction=0.5)
    assert TargetExit(targets=(far, near)).plan() == (near, far)


@pytest.mark.parametrize(("side", "price"), [(LONG, 102.0), (SHORT, 98.0)])
def test_target_shows_the_next_price_that_sells_a_share(side: PositionSide, price: float) -> None:
    assert level(TargetExit(), a_position(side=side, targets=PLAN)) == ExitLevel(rule="target", price=price)
    one = level(TargetExit(), a_position(bought=1, targets=PLAN))
    assert one == ExitLevel(rule="target", price=105.0)
    assert level(TargetExit(), a_position(targets=PLAN, targets_hit=[0, 1, 2])) is None


# ---- time


@pytest.mark.parametrize(("minutes", "acts"), [(240.0, True), (239.99, False), (10_000.0, True)])
def test_time_limit_acts_after_exactly_240_minutes(minutes: float, *, acts: bool) -> None:
    decision = ask(TimeLimit(), a_position(), 104.0, minutes=minutes)
    assert (decision is not None) is acts
    assert level(TimeLimit(), a_position()) is None


@pytest.mark.parametrize(
    ("price", "minutes", "acts"),
    [
        (100.0, 90.0, True),
        (100.2, 90.0, True),
        (99.8, 90.0, True),
        (100.21, 90.0, False),
        (99.79, 90.0, False),
        (100.0, 89.99, False),
    ],
)
@pytest.mark.parametrize("side", [LONG, SHORT])
def test_stale_acts_on_both_edges_of_its_band(side: PositionSide, price: float, minutes: float, *, acts: bool) -> None:
    decision = ask(Stale(), a_position(side=side), price, minutes=minutes)
    assert (decision is not None) is acts
    assert level(Stale(), a_position()) is None


def test_a_short_that_did_not_move_shows_no_negative_zero() -> None:
    decision = ask(Stale(), a_position(side=SHORT), 100.0, minutes=90.0)
    assert decision is not None
    assert decision.reason == "+0.00 % after 90 min"


# ---- properties

SHARES = st.decimals("0.0001", 10_000, places=4) | st.integers(1, 500).map(Decimal)
CENTS = st.integers(9_000, 11_500)
FRACTIONS = st.lists(st.floats(0.01, 0.9), min_size=1, max_size=4)


def walk(position: Position, rules: tuple[Exit, ...], price: float, minutes: float) -> Decimal:
    """The shares the rules sell at a price, after booking them on the position."""
    best = max if position.side is LONG else min
    position.high_water = best(position.high_water, price)
    state = a_state(position, a_quote(last=price), at=OPENED + timedelta(minutes=minutes))
    decision, failures = decide(position, state, Rules(exits=tuple((rule.key(), rule) for rule in rules)))
    assert not failures
    if decision is None:
        return Decimal(0)
    assert Decimal(0) < decision.quantity <= position.quantity
    assert decision.full == (decision.quantity == position.quantity)
    position.quantity -= decision.quantity
    position.targets_hit += decision.targets
    assert len(position.targets_hit) == len(set(position.targets_hit))
    return decision.quantity


@given(bought=SHARES, side=st.sampled_from([LONG, SHORT]), path=st.lists(CENTS, max_size=20))
def test_all_exits_together_conserve_shares_on_any_path(bought: Decimal, side: PositionSide, path: list[int]) -> None:
    position = a_position(bought=bought, side=side, targets=PLAN)
    sold = Decimal(0)
    for minute, cents in enumerate(path):
        if position.quantity > 0:
            sold += walk(position, EXITS, cents / 100, minute * 15.0)
    assert sold + position.quantity == bought
    assert position.quantity >= 0


@given(bought=SHARES, fractions=FRACTIONS, path=st.lists(CENTS, max_size=20))
def test_scale_outs_conserve_shares_for_any_plan(bought: Decimal, fractions: list[float], path: list[int]) -> None:
    rule, plan = TargetExit(), tuple(Target(pct=2.0 * (n + 1), fraction=f) for n, f in enumerate(fractions))
    position = a_position(bought=bought, targets=plan)
    sold = Decimal(0)
    for cents in [*path, 10_800]:
        if position.quantity > 0:
            sold += walk(position, (rule,), cents / 100, 0.0)
    assert (sold, position.quantity) == (bought, Decimal(0))


@given(bought=SHARES, cents=CENTS, minutes=st.integers(0, 300))
def test_long_and_short_are_mirror_images(bought: Decimal, cents: int, minutes: int) -> None:
    for rule in (Stop(), TargetExit(), TimeLimit(), Stale()):
        long = ask(rule, a_position(bought=bought, targets=PLAN), cents / 100, minutes=minutes)
        short = ask(rule, a_position(bought=bought, side=SHORT, targets=PLAN), (20_000 - cents) / 100, minutes=minutes)
        assert long == short


@given(high=st.integers(9_000, 11_500), cents=CENTS, side=st.sampled_from([LONG, SHORT]))
def test_a_rule_acts_exactly_when_the_price_it_shows_is_reached(high: int, cents: int, side: PositionSide) -> None:
    for rule in (Stop(), Trailing(), TargetExit()):
        position = a_position(side=side, targets=PLAN, high_water=high / 100)
        shown, price = level(rule, position), cents / 100
        beyond = position.side.sign * (price - shown.price) if shown is not None else 0.0
        reached = shown is not None and (beyond >= -1e-7 if rule.name == "target" else beyond <= 1e-7)
        assert (ask(rule, position, price) is not None) is reached


def test_the_direction_of_the_signal_does_not_matter_the_side_does() -> None:
    position = a_position(side=SHORT)
    assert position.entry.direction is Direction.BULLISH
    assert ask(Stop(), position, 103.0) is not None
