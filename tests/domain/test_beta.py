import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.beta import cumulative, interval, quantile

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
