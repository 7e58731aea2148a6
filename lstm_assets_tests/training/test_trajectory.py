import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_assets.errors import TooFewBarsError
from lstm_assets.training.trajectory import plan, seed_of
from lstm_assets_tests.training.cells import cells, hyperparameters, planned, walk


def test_seeds_are_the_same_on_every_machine() -> None:
    # Literals: another seed would be another result for every stored cell.
    assert seed_of("USDKRW", hyperparameters()) == 1_736_059_670_308_619_567
    assert seed_of("EURUSD", hyperparameters()) == 9_025_986_639_838_999_974


@given(st.integers(1, 1000), st.integers(1, 1000))
@settings(deadline=None)
def test_a_seed_does_not_depend_on_the_epoch(epoch: int, other: int) -> None:
    one, another = hyperparameters(epoch=epoch), hyperparameters(epoch=other)

    assert seed_of("USDKRW", one) == seed_of("USDKRW", another)


@given(st.permutations(list(hyperparameters().items())))
@settings(deadline=None)
def test_a_seed_does_not_depend_on_the_order_of_the_names(pairs: list[tuple[str, float]]) -> None:
    assert seed_of("USDKRW", dict(pairs)) == seed_of("USDKRW", hyperparameters())


@given(st.text(max_size=12), st.floats(0.0001, 1))
@settings(deadline=None)
def test_a_seed_fits_a_signed_bigint(study_code: str, learning_rate: float) -> None:
    assert 0 <= seed_of(study_code, hyperparameters(learning_rate=learning_rate)) < 2**63


def test_another_tuple_has_another_seed() -> None:
    changes = [{name: value + 1} for name, value in hyperparameters().items() if name != "epoch"]

    assert len({seed_of("T", hyperparameters(**change)) for change in [{}, *changes]}) == 8


def test_cells_that_differ_only_in_epoch_share_a_trajectory() -> None:
    [trajectory] = planned({"epoch": 30}, {"epoch": 20}, {"epoch": 25})

    assert trajectory.cells == ((20, "T-0002"), (25, "T-0003"), (30, "T-0001"))
    assert trajectory.epochs == trajectory.training.epoch == 30
    assert trajectory.codes == ["T-0002", "T-0003", "T-0001"]
    assert trajectory.seed == seed_of("T", hyperparameters())


def test_two_codes_of_one_tuple_are_both_trained() -> None:
    [trajectory] = planned({"epoch": 2}, {"epoch": 2})

    assert trajectory.cells == ((2, "T-0001"), (2, "T-0002"))


def test_cells_that_differ_in_anything_else_do_not_share_one() -> None:
    trajectories = planned({}, {"batch_size": 8}, {"learning_rate": 0.02}, {"size_unit_hidden": 4})

    assert sorted(each.codes for each in trajectories) == [
        ["T-0001"], ["T-0002"], ["T-0003"], ["T-0004"],
    ]  # fmt: skip


def test_the_longest_work_comes_first() -> None:
    trajectories = planned(
        {"epoch": 2}, {"epoch": 2, "size_unit_hidden": 4}, {"epoch": 50, "batch_size": 8}
    )

    assert [each.codes for each in trajectories] == [["T-0003"], ["T-0002"], ["T-0001"]]


def test_work_is_six_times_the_forward_products() -> None:
    [trajectory] = planned({"epoch": 3})

    windows = 84 - 4  # 120 bars are cut at 84, and the first window looks back 4
    products = 4 * (4 * 2 * (1 + 2) + 4 * 3 * (2 + 3)) + 3
    assert trajectory.work(walk()) == 6 * products * windows * 3


def test_no_cells_need_no_trajectory() -> None:
    assert planned() == []


def test_a_series_that_is_too_short_for_one_cell_leaves_the_others_their_work() -> None:
    series = walk(40)

    fitting, too_long = plan("T", cells({"size_sequence": 5}, {"size_sequence": 50}), series)

    assert fitting.work(series) > 0 == too_long.work(series)
    with pytest.raises(TooFewBarsError, match="40 bars are too few for size_sequence 50"):
        too_long.split(series)
