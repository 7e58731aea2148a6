"""Random search draws evenly on each scale, never twice, and says what it drew again."""

import numpy as np
import pytest
import scipy.stats

from lstm_assets.cells.values import identity
from lstm_assets.errors import StudyError
from lstm_assets.search.history import History, State, Trial
from lstm_assets.search.methods.random import Random
from lstm_assets.search.rounds import propose
from lstm_assets_tests.search.toy import lstm_space

RATE = {"low": 1e-4, "high": 1, "scale": "log"}
NOTHING = History("lstm", [])


@pytest.mark.parametrize("rate", [RATE, {"dist": "loguniform", "a": 1e-4, "b": 1}])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_log_scale_puts_a_quarter_of_the_draws_in_each_decade(
    rate: dict[str, object], seed: int
) -> None:
    space = lstm_space(learning_rate=rate, batch_size={"low": 1, "high": 64})

    proposal = propose(Random(n_trials=4000, seed=seed), space, NOTHING)

    rates = np.log10([each.values["learning_rate"] for each in proposal.cells])
    counts = np.histogram(rates, bins=[-4, -3, -2, -1, 0])[0]
    assert counts.sum() == 4000
    assert scipy.stats.chisquare(counts).pvalue > 0.001


def test_another_seed_draws_others() -> None:
    space = lstm_space(learning_rate=RATE)

    one, other = (propose(Random(n_trials=9, seed=seed), space, NOTHING) for seed in (0, 1))

    assert one.cells != other.cells


def test_another_round_draws_others() -> None:
    space = lstm_space(learning_rate=RATE)
    method = Random(n_trials=8, parallel=4)
    first = propose(method, space, NOTHING)
    trials = [
        Trial(each.values, State.DONE, 1.0, f"X-{n:04d}", "random", 0)
        for n, each in enumerate(first.cells)
    ]

    second = propose(method, space, History("lstm", trials))

    assert (second.round, len(second.cells)) == (1, 4)
    assert [each.reason for each in second.cells] == ["random draw, seed 0"] * 4
    keys = {identity("lstm", each.values) for each in [*first.cells, *second.cells]}
    assert len(keys) == 8


def test_a_tuple_that_exists_is_drawn_again_and_the_reason_says_which() -> None:
    space = lstm_space(batch_size=[1, 2, 3, 4])
    others = [
        Trial(values, State.DONE, 1.0, f"X-{n:04d}", "grid", 0)
        for n, values in enumerate(space.combinations()[:6], start=1)
    ]

    proposal = propose(Random(n_trials=2), space, History("lstm", others))

    assert [each.values for each in proposal.cells] in (
        space.combinations()[6:],
        space.combinations()[:5:-1],
    )
    reasons = [each.reason for each in proposal.cells]
    assert all(reason.startswith("random draw, seed 0") for reason in reasons)
    assert any("; drawn again instead of X-000" in reason for reason in reasons)
    assert all(len(reason) <= 300 for reason in reasons)


def test_a_tuple_drawn_at_once_has_no_more_to_say() -> None:
    space = lstm_space(learning_rate=RATE)

    proposal = propose(Random(n_trials=3, seed=7), space, NOTHING)

    assert [each.reason for each in proposal.cells] == ["random draw, seed 7"] * 3


def test_a_round_has_no_more_cells_than_can_be_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lstm_assets.search.methods.random.MOST_LISTED", 5)
    space = lstm_space(learning_rate=RATE)

    assert len(propose(Random(n_trials=2_000_000_000), space, NOTHING).cells) == 5
    assert len(propose(Random(n_trials=3), space, NOTHING).cells) == 3


def test_a_search_that_would_not_end_is_refused() -> None:
    with pytest.raises(StudyError) as error:
        Random().check(lstm_space(learning_rate=RATE))

    assert str(error.value) == (
        "search.n_trials is missing, and the space has too many combinations to list: method "
        "random would not end. Write e.g. `n_trials: 64`, or add budget_epochs, "
        "budget_minutes or patience."
    )
    Random().check(lstm_space(batch_size={"low": 1, "high": 64}))
    Random(patience=3).check(lstm_space(learning_rate=RATE))
