import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_assets.evaluation.importance import FEWEST_RESULTS, MOST_RESULTS, importance

SIZES = [4, 8, 16, 32]
RATES = [0.001, 0.01, 0.1]


def grid() -> list[dict[str, Any]]:
    return [
        {"size": size, "rate": rate, "kind": kind, "epoch": 20}
        for size in SIZES
        for rate in RATES
        for kind in ("a", "b")
    ]


def shares(tuples: list[dict[str, Any]], mses: list[float]) -> dict[str, float]:
    found = importance(tuples, mses)
    assert found is not None
    return {share.name: share.mean for share in found.shares}


def log_mse(values: dict[str, Any]) -> float:
    return {0.001: 0.0, 0.01: 1.0, 0.1: 2.0}[values["rate"]] + 0.5 * (values["kind"] == "b")


def test_shares_are_those_of_the_variance_that_each_explains() -> None:
    tuples = grid()

    found = shares(tuples, [float(np.exp(log_mse(each))) for each in tuples])

    # Of rate the variance is 2 / 3, of kind 1 / 16, and nothing else counts.
    total = 2 / 3 + 1 / 16
    assert list(found)[:2] == ["rate", "kind"]
    assert found["rate"] == pytest.approx(2 / 3 / total, abs=0.04)
    assert found["kind"] == pytest.approx(1 / 16 / total, abs=0.04)
    assert found["size"] < 0.02


def test_what_does_not_vary_has_no_share() -> None:
    tuples = grid()

    found = shares(tuples, [1.0 + at for at in range(len(tuples))])

    assert found.keys() == {"size", "rate", "kind"}


def test_what_acts_only_with_another_explains_little_by_itself() -> None:
    tuples = [{"x": x, "y": y} for x in (0, 1) for y in (0, 1) for _ in range(10)]

    found = shares(tuples, [10.0 if each["x"] == each["y"] else 1.0 for each in tuples])

    assert sum(found.values()) < 0.3


def test_a_hyperparameter_that_some_tuples_lack_counts_by_its_presence() -> None:
    tuples = [{"n": n} if n % 2 else {"n": n, "dropout": 0.1} for n in range(20)]

    found = shares(tuples, [1.0 if "dropout" in each else 5.0 for each in tuples])

    assert found["dropout"] > 0.8


def test_words_truth_values_and_lists_are_hyperparameters_like_others() -> None:
    kinds: list[Any] = ["window", True, [64, 32], 3]
    tuples = [{"kind": kind, "n": n} for n in range(6) for kind in kinds]

    found = shares(tuples, [2.0 if each["kind"] == [64, 32] else 1.0 for each in tuples])

    assert found["kind"] > 0.8


def test_the_spread_of_the_trees_is_narrower_for_more_results() -> None:
    random = np.random.default_rng(0)

    def spread(results: int) -> float:
        values = random.random((results, 2))
        mses = np.exp(values[:, 0] + 0.3 * random.normal(size=results))
        found = importance([{"x": x, "y": y} for x, y in values.tolist()], mses.tolist())
        assert found is not None
        first = found.shares[0]
        assert first.low <= first.mean <= first.high
        return first.high - first.low

    assert spread(200) < spread(20) / 2


@pytest.mark.parametrize(
    ("tuples", "mses"),
    [
        ([{"x": n} for n in range(FEWEST_RESULTS - 1)], [float(n + 1) for n in range(9)]),
        ([{"x": 1}] * 20, [float(n + 1) for n in range(20)]),
        ([{"x": n} for n in range(20)], [7.0] * 20),
        ([{"x": n} for n in range(20)], [float("nan")] * 10 + [0.0] + [1.0, 2.0, 3.0] * 3),
        ([], []),
    ],
    ids=["too few", "nothing varies", "all alike", "too few are finite and above 0", "none"],
)
def test_where_it_cannot_be_told_there_is_none(
    tuples: list[dict[str, Any]], mses: list[float]
) -> None:
    assert importance(tuples, mses) is None


def test_of_many_results_some_are_taken_from_best_to_worst() -> None:
    tuples = [{"x": n} for n in range(1000)]

    found = importance(tuples, [1.0 + n for n in range(1000)])

    assert found is not None
    assert found.results == MOST_RESULTS
    assert found.shares[0].mean > 0.9


@settings(max_examples=10)
@given(
    st.lists(
        # In thousandths: what differs in its last digit only may change places in another unit.
        st.tuples(
            st.integers(0, 5),
            st.sampled_from("ab"),
            st.integers(100, 100_000).map(lambda thousandths: thousandths / 1000),
        ),
        min_size=FEWEST_RESULTS,
        max_size=30,
    ),
    st.floats(0.1, 10),
)
def test_the_unit_of_the_prices_changes_nothing_and_the_same_results_give_the_same(
    results: list[tuple[int, str, float]], unit: float
) -> None:
    tuples = [{"size": size, "kind": kind} for size, kind, _ in results]
    mses = [mse for _, _, mse in results]

    first, again = importance(tuples, mses), importance(tuples, mses)
    other = importance(tuples, [mse * unit**2 for mse in mses])

    assert first == again
    if first is not None and other is not None:
        assert {s.name: s.mean for s in other.shares} == pytest.approx(
            {s.name: s.mean for s in first.shares}, abs=1e-6
        )


def test_nothing_is_said_on_stderr_and_optuna_is_imported_only_then() -> None:
    script = """
import sys
from lstm_assets.evaluation.importance import importance
assert not {"optuna", "sklearn", "scipy.stats"} & set(sys.modules)
print(importance([{"x": n} for n in range(20)], [1.0 + n for n in range(20)]).results)
import optuna
print(optuna.logging.get_verbosity() == optuna.logging.INFO)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert (done.stdout, done.stderr) == ("20\nTrue\n", "")
