"""Bars of a holdout: nothing that a search, a ranking or a training reads depends on them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from lstm_assets.records.next_round import read_search_state
from lstm_assets.records.prices import bars_with_holdout, date_range
from lstm_assets.records.scored import read_scored_cells
from lstm_assets.search import METHODS
from lstm_assets.store.engine import begin, connect
from lstm_assets.store.prices import replace_adjusted
from lstm_assets_tests.records.stored import Stored, stored_study
from lstm_assets_tests.studies import SPACE

SPACES: dict[str, dict[str, Any]] = {
    "grid": SPACE,
    "halving": SPACE | {"epoch": [1, 3, 9], "size_unit_hidden": [2, 3, 4, 5]},
}
RANGES = SPACE | {"learning_rate": {"low": 0.001, "high": 0.1, "scale": "log"}}
BUDGETS = {"grid": {}, "halving": {"n_trials": 4}}
EXAMPLES = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database: what is asked of the store here, its own tests ask of both."""
    return sqlite_url


def seen(stored: Stored) -> tuple[Any, ...]:
    """What is proposed next, how results rank, and what trainings would see."""
    with connect(stored.engine) as conn:
        state = read_search_state(conn, stored.study)
        scored = read_scored_cells(conn, stored.study)
        held = bars_with_holdout(conn, stored.study)
    ranked = [(each.code_task, each.mse) for each in scored.ranking.ranked]
    folds = [each.digest() for each in scored.fold_series]
    assert len(held) - len(scored.series.prices) == 50
    return state.next, state.trials, ranked, scored.series.digest(), folds, scored.data_versions


@pytest.mark.parametrize("method", METHODS)
def test_whatever_stands_there_a_search_goes_on_in_the_same_way(
    engine: Engine, tmp_path: Path, method: str
) -> None:
    search = {
        "method": method,
        "space": SPACES.get(method, RANGES),
        **BUDGETS.get(method, {"n_trials": 8}),
    }
    stored = stored_study(
        engine, tmp_path, search=search, holdout={"share": 0.25}, folds={"n": 2, "rank": "mean"}
    )
    with connect(engine) as conn:
        bars = bars_with_holdout(conn, stored.study)
        first = read_search_state(conn, stored.study).next
    values = [each.values for each in first.cells]
    for at, code in enumerate(stored.propose(*values, method=method)):
        stored.score(code, 4.0 + at)
    before = seen(stored)

    @EXAMPLES
    @given(st.integers(0, 10_000), st.sampled_from([1e-3, 1.0, 1e6]))
    def holds(seed: int, unit: float) -> None:
        noise = bars.copy()
        prices = unit * np.random.default_rng(seed).uniform(0.5, 2, 50)
        for name in ("open", "high", "low", "close"):
            noise.loc[noise.index[-50:], name] = prices
        with begin(engine) as conn:
            replace_adjusted(conn, stored.study.ticker, *date_range(stored.study), noise)
        assert seen(stored) == before

    holds()
