"""Grid search proposes every tuple, in order, and nothing twice."""

import pytest

from lstm_assets.errors import StudyError
from lstm_assets.search.history import History, State, Trial
from lstm_assets.search.methods.grid import Grid
from lstm_assets.search.rounds import propose
from lstm_assets_tests.search.toy import LSTM, lstm_space

SPACE = lstm_space(batch_size=[10, 20, 30])
TUPLES = SPACE.combinations()


def test_a_grid_proposes_every_tuple_at_once_in_the_order_of_the_space() -> None:
    proposal = propose(Grid(), SPACE, History("lstm", []))

    assert [each.values for each in proposal.cells] == TUPLES
    assert [list(each.values) for each in proposal.cells] == [list(LSTM)] * 6
    assert {each.reason for each in proposal.cells} == {"of the grid"}
    assert (proposal.round, proposal.ended, proposal.is_repeated) == (0, "", False)


def test_a_grid_proposes_its_tuples_a_few_at_a_time() -> None:
    grid = Grid(parallel=4)
    first = propose(grid, SPACE, History("lstm", []))
    trials = [
        Trial(each.values, State.DONE, 1.0, f"X-{n}", "grid", 0)
        for n, each in enumerate(first.cells)
    ]
    second = propose(grid, SPACE, History("lstm", trials))

    assert [each.values for each in first.cells] == TUPLES[:4]
    assert [each.values for each in second.cells] == TUPLES[4:]
    assert second.round == 1


def test_a_grid_stops_at_its_budget_of_trials() -> None:
    assert len(propose(Grid(n_trials=5), SPACE, History("lstm", [])).cells) == 5


def test_30_epochs_cost_a_budget_10_where_the_trajectory_has_20_already() -> None:
    proposal = propose(Grid(budget_epochs=75), SPACE, History("lstm", []))

    assert [each.values["epoch"] for each in proposal.cells] == [20, 20, 20, 30]


@pytest.mark.parametrize("settings", [{"patience": 1}, {"budget_minutes": 9.0}])
def test_a_grid_that_may_end_early_is_proposed_in_rounds(settings: dict[str, float]) -> None:
    space = lstm_space(batch_size={"low": 1, "high": 40, "step": 1})

    assert len(propose(Grid(**settings), space, History("lstm", [])).cells) == 16


def test_a_grid_needs_the_values_of_every_range() -> None:
    space = lstm_space(learning_rate={"low": 0.1, "high": 1})

    with pytest.raises(StudyError) as error:
        Grid().check(space)

    assert str(error.value) == (
        "search.space.learning_rate lists no values, which a grid needs. Add `step` or "
        "`points`, write a list, or choose another method."
    )
    Grid().check(lstm_space(learning_rate={"low": 0.1, "high": 1, "points": 3}))
