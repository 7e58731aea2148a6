import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_assets.plots.loss_curve import HEIGHT, MOST_POINTS, WIDTH, loss_curve
from lstm_assets_tests.plots.pictures import shown

NAN, INFINITE = float("nan"), float("inf")


def points(losses: list[float]) -> list[tuple[float, float]]:
    """Of the curve, in CSS pixels."""
    path = shown(loss_curve(losses)).svg[0].get("d", "")
    pairs = re.findall(r"([\d.]+),([\d.]+)", path)
    assert len(re.findall(r"[\d.]+", path)) == 2 * len(pairs)
    return [(float(across), float(down)) for across, down in pairs]


def test_losses_within_a_decade_are_drawn_on_a_linear_scale() -> None:
    losses = [1.0, 0.75, 0.5]

    assert shown(loss_curve(losses)).caption == "Training loss: 1 in epoch 1 to 0.5 in epoch 3."
    assert points(losses) == [(2, 2), (118, 28), (234, 54)]


def test_losses_that_span_a_decade_are_drawn_on_a_log_scale() -> None:
    losses = [1.0, 0.1, 0.01]

    assert shown(loss_curve(losses)).caption == (
        "Training loss: 1 in epoch 1 to 0.01 in epoch 3, drawn on a log scale."
    )
    assert points(losses) == [(2, 2), (118, 28), (234, 54)]


def test_the_lowest_loss_is_stated_where_it_is_not_the_last() -> None:
    caption = shown(loss_curve([0.5, 0.25, 0.375])).caption

    assert caption == "Training loss: 0.5 in epoch 1 to 0.375 in epoch 3, lowest 0.25 in epoch 2."


@pytest.mark.parametrize("loss", [0.0, 0.5])
def test_a_constant_loss_is_a_level_line(loss: float) -> None:
    assert points([loss, loss, loss]) == [(2, 28), (118, 28), (234, 28)]


def test_losses_that_fall_to_zero_are_drawn_on_a_linear_scale() -> None:
    assert points([4.0, 1.0, 0.0]) == [(2, 2), (118, 41), (234, 54)]


def test_one_epoch_has_no_curve() -> None:
    assert loss_curve([0.5]) == "Training loss: 0.5 in epoch 1."


def test_a_loss_that_is_not_finite_is_left_out() -> None:
    markdown = loss_curve([NAN, 2.0, INFINITE, 1.0, NAN])

    assert shown(markdown).caption == "Training loss: 2 in epoch 2 to 1 in epoch 4."


@pytest.mark.parametrize("losses", [[], [NAN], [INFINITE, -INFINITE]])
def test_no_loss_is_said_to_be_none(losses: list[float]) -> None:
    assert loss_curve(losses) == "No training loss was recorded."


def test_of_many_epochs_the_first_and_the_last_are_among_those_drawn() -> None:
    drawn = points([float(1000 - epoch) for epoch in range(1000)])

    assert len(drawn) == MOST_POINTS
    assert (drawn[0], drawn[-1]) == ((2, 2), (234, 54))


@given(st.lists(st.floats(min_value=0) | st.floats(), min_size=2, max_size=300))
def test_whatever_the_losses_the_curve_is_small_and_inside_its_picture(
    losses: list[float],
) -> None:
    markdown = loss_curve(losses)

    assert len(markdown) < 1000
    if "svg" in markdown:
        assert all(2 <= x <= WIDTH - 2 and 2 <= y <= HEIGHT - 2 for x, y in points(losses))
