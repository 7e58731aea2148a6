"""The centres are the best result, and those whose neighbours are good as well."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_assets.cells.values import Values, identity
from lstm_assets.search.history import State, Trial
from lstm_assets.search.methods.neighbours import CANDIDATES, centres
from lstm_assets_tests.search.toy import lstm_space, toy, toy_space

__all__ = ["toy"]

RATES = [0.001 * n for n in range(1, 101)]
SPACE = lstm_space(epoch=[20], learning_rate=RATES)


def ranked(*rates: int, space: Any = SPACE, **given: Any) -> list[Trial]:
    """Trials of some of the rates, the best first."""
    [cell] = lstm_space(epoch=[20]).combinations()
    return [
        Trial(cell | {"learning_rate": RATES[at - 1]}, State.DONE, float(n), f"X-{at}", **given)
        for n, at in enumerate(rates)
    ]


def codes(trials: list[Trial]) -> list[str]:
    return [each.code_task for each in trials]


def test_a_lucky_result_comes_after_one_whose_neighbours_are_good() -> None:
    pool = ranked(20, 90, 22, 18, 24, 88, 95, 85)  # 90 is good, and the cells around it are not

    best, *others = codes(centres(SPACE, pool, 3))

    assert best == "X-20"
    assert set(others) == {"X-22", "X-18"}


@settings(deadline=None)
@given(st.lists(st.integers(1, 100), min_size=1, max_size=90, unique=True), st.integers(1, 80))
def test_the_best_comes_first_and_each_tuple_once(rates: list[int], top: int) -> None:
    pool = ranked(*rates)

    found = centres(SPACE, [*pool, *pool], top)

    assert found[0] == pool[0]
    assert len(found) == min(top, len(pool))
    assert len({identity("lstm", each.values) for each in found}) == len(found)
    assert set(codes(found)) <= set(codes(pool[: max(top, CANDIDATES)]))


def test_without_results_there_is_no_centre() -> None:
    assert centres(SPACE, [], 3) == []


def test_those_stopped_early_come_last() -> None:
    early = ranked(21, 22, epoch_full=40)
    pool = [*ranked(20, 90), *early]

    assert codes(centres(SPACE, pool, 4)) == ["X-20", "X-90", "X-21", "X-22"]


def test_another_word_and_a_hyperparameter_that_one_lacks_are_a_scale_apart(toy: str) -> None:
    space = toy_space(
        epoch=[20],
        learning_rate=[0.001],
        activation=["relu", "tanh"],
        dropout={"values": [0.1, 0.2], "when": "activation == 'relu'"},
        layers=[1, 2, 3, 4, 5, 6, 7, 8],
    )
    cells = space.combinations()

    def trial(at: int, **given: Any) -> Trial:
        [values] = [each for each in cells if _has(each, given)]
        return Trial(values, State.DONE, float(at), f"X-{at}")

    pool = [
        trial(0, activation="tanh", layers=1),
        trial(1, activation="relu", dropout=0.1, layers=2),  # alone, of its word
        trial(2, activation="tanh", layers=2),
        trial(3, activation="relu", dropout=0.1, layers=1),
        trial(4, activation="relu", dropout=0.2, layers=1),
        trial(5, activation="relu", dropout=0.2, layers=2),
    ]

    assert codes(centres(space, pool, 2)) == ["X-0", "X-2"]


def _has(values: Values, given: dict[str, Any]) -> bool:
    return all(values.get(name) == each for name, each in given.items())
