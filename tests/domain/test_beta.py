import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.core.domain.learning.beta import cumulative, density, interval, masses, quantile

SHAPES = st.floats(0.5, 500.0)


@pytest.mark.parametrize(
    ("x", "alpha", "beta", "chance"),
    [
        (0.3, 1.0, 1.0, 0.3),
        (0.5, 2.0, 2.0, 0.5),
        (0.25, 2.0, 2.0, 0.15625),  # 3x^2 - 2x^3
        (0.4, 3.0, 1.0, 0.064),  # x^3
        (0.2, 1.0, 4.0, 1 - 0.8**4),
        (0.7, 2.0, 3.0, 0.9163),  # 6x^2 - 8x^3 + 3x^4
    ],
)
def test_the_cumulative_function_is_the_closed_form_where_there_is_one(
    x: float, alpha: float, beta: float, chance: float
) -> None:
    assert cumulative(x, alpha, beta) == pytest.approx(chance, abs=1e-12)


@given(alpha=SHAPES, beta=SHAPES, chance=st.floats(0.01, 0.99))
def test_the_quantile_is_the_inverse_of_the_cumulative_function(alpha: float, beta: float, chance: float) -> None:
    x = quantile(chance, alpha, beta)
    assert cumulative(x, alpha, beta) == pytest.approx(chance, abs=1e-6) or x < 1e-9 or x > 1 - 1e-9


@given(alpha=SHAPES, beta=SHAPES)
def test_swapping_wins_and_losses_mirrors_the_interval(alpha: float, beta: float) -> None:
    low, high = interval(alpha, beta)
    mirrored = interval(beta, alpha)
    assert low <= alpha / (alpha + beta) <= high or min(alpha, beta) < 1.0
    assert (1 - high, 1 - low) == pytest.approx(mirrored, abs=1e-9)


def test_the_prior_says_almost_nothing_and_evidence_narrows_it() -> None:
    assert interval(2.0, 2.0) == pytest.approx((0.13535, 0.86465), abs=1e-4)
    low, high = interval(62.0, 42.0)
    assert high - low < 0.17


@pytest.mark.parametrize(
    ("alpha", "beta", "parts", "expected"),
    [
        (1.0, 1.0, 4, [0.25, 0.25, 0.25, 0.25]),
        (2.0, 2.0, 4, [0.15625, 0.34375, 0.34375, 0.15625]),  # 3x^2 - 2x^3
        (3.0, 1.0, 2, [0.125, 0.875]),  # x^3
    ],
)
def test_the_mass_of_a_part_is_the_closed_form_where_there_is_one(
    alpha: float, beta: float, parts: int, expected: list[float]
) -> None:
    assert masses(alpha, beta, parts) == pytest.approx(expected, abs=1e-12)


@given(alpha=SHAPES, beta=SHAPES, parts=st.integers(1, 120))
def test_the_masses_of_all_parts_are_the_whole_belief(alpha: float, beta: float, parts: int) -> None:
    found = masses(alpha, beta, parts)
    assert len(found) == parts
    assert sum(found) == pytest.approx(1.0)
    assert min(found) > -1e-12
    assert found[::-1] == pytest.approx(masses(beta, alpha, parts), abs=1e-9)


def test_a_belief_narrower_than_a_part_still_has_its_peak() -> None:
    assert max(masses(40_500.0, 49_500.0, 10)) == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize(
    ("x", "alpha", "beta", "expected"),
    [(0.3, 1.0, 1.0, 1.0), (0.25, 2.0, 2.0, 1.125), (0.4, 3.0, 1.0, 0.48), (0.7, 2.0, 3.0, 0.756)],
)  # 1; 6x(1 - x); 3x^2; 12x(1 - x)^2
def test_the_density_is_the_closed_form_where_there_is_one(
    x: float, alpha: float, beta: float, expected: float
) -> None:
    assert density(x, alpha, beta) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("chance", "alpha", "beta", "x"),
    [(0.05, 1.0, 1.0, 0.05), (0.125, 3.0, 1.0, 0.5), (0.95, 1.0, 4.0, 1 - 0.05**0.25), (0.5, 2.0, 2.0, 0.5)],
)
def test_the_quantile_is_the_closed_form_where_there_is_one(chance: float, alpha: float, beta: float, x: float) -> None:
    assert quantile(chance, alpha, beta) == pytest.approx(x, abs=1e-13)
