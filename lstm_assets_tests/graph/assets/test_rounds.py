"""hyperparameter_grid of a search in rounds: what it stores of each, and what it says."""

from typing import Any

import pytest

from lstm_assets.graph.io_managers.cells import CellTables
from lstm_assets.search.history import History
from lstm_assets_tests.graph.assets.graph import GRID, Graph, grid_of, metadata
from lstm_assets_tests.site import Row, Site
from lstm_assets_tests.store.processes import at_once
from lstm_assets_tests.studies import SPACE, write_study

EVERYWHERE = pytest.mark.parametrize(
    (), [pytest.param(id="sqlite"), pytest.param(id="mysql", marks=pytest.mark.mysql)]
)
RATES = {"learning_rate": {"low": 0.001, "high": 0.1, "scale": "log"}}
RANDOM = {"method": "random", "n_trials": 4, "parallel": 2, "space": SPACE | RATES}


@pytest.fixture
def graph(graph: Graph) -> Graph:
    """TINY searched at random: 2 rounds of 2 cells, the first of them proposed."""
    searched(graph.site, RANDOM)
    assert graph.run(GRID).success
    return graph


def searched(site: Site, search: dict[str, Any]) -> None:
    write_study(site.studies, search=search)


def next_round(graph: Graph) -> dict[str, Any]:
    """What another round says, without the table of its proposals."""
    said = metadata(graph.run(["hyperparameter_grid"]), "hyperparameter_grid")
    said.pop("proposals", None)
    return said


def table(said: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(record.data) for record in said["proposals"].records]


def proposed(site: Site) -> list[tuple[str, str, int]]:
    rows = site.rows("TB_HYPERPARAMETER_EXT")
    return [(row["CODE_TASK"], row["METHOD"], row["ROUND"]) for row in rows]


def test_a_round_says_what_it_proposes_and_why(graph: Graph) -> None:
    graph.train("TINY-0001", "TINY-0002")

    said = metadata(graph.run(["hyperparameter_grid"]), "hyperparameter_grid")

    why = "random draw, seed 0"
    assert table(said) == [
        {"CODE_TASK": "TINY-0003", "cell": "new", "why": why},
        {"CODE_TASK": "TINY-0004", "cell": "new", "why": why},
    ]
    del said["proposals"]
    assert said == {
        "dagster/row_count": 4,
        "method": "random",
        "round": 1,
        "cells": 2,
        "new_cells": 2,
        "first_code": "TINY-0003",
        "last_code": "TINY-0004",
    }
    assert [row["REASON"] for row in graph.site.rows("TB_HYPERPARAMETER_EXT")] == [why] * 4
    assert proposed(graph.site) == [
        ("TINY-0001", "random", 0),
        ("TINY-0002", "random", 0),
        ("TINY-0003", "random", 1),
        ("TINY-0004", "random", 1),
    ]


def test_a_round_that_is_not_trained_yet_is_proposed_again(graph: Graph) -> None:
    graph.train("TINY-0001", "TINY-0001")

    assert next_round(graph) == {
        "dagster/row_count": 2,
        "method": "random",
        "round": 0,
        "cells": 2,
        "new_cells": 0,
        "first_code": "TINY-0001",
        "last_code": "TINY-0002",
    }
    assert len(proposed(graph.site)) == 2


def test_a_search_that_has_ended_says_why(graph: Graph) -> None:
    graph.train("TINY-0001", "TINY-0002")
    graph.run(["hyperparameter_grid"])
    graph.train("TINY-0003", "TINY-0004")

    said = next_round(graph)

    assert said["search_ended"] == "spent 4 of 4 trials"
    assert (said["round"], said["cells"], said["new_cells"]) == (1, 2, 0)
    assert len(proposed(graph.site)) == 4


def test_a_cell_that_failed_by_itself_counts_as_tried(graph: Graph) -> None:
    graph.train("TINY-0001", "TINY-0002", seconds_a_cell=1e-9)

    said = next_round(graph)

    assert (said["round"], said["new_cells"]) == (1, 2)


def test_results_of_other_prices_end_no_round(graph: Graph) -> None:
    graph.train("TINY-0001", "TINY-0002")
    graph.site.execute("UPDATE TB_ASSETVALUE_ADJ SET CLOSE_P = CLOSE_P + 1")

    said = next_round(graph)

    assert (said["round"], said["new_cells"]) == (0, 0)


def test_a_tuple_that_another_method_has_tried_is_told_of_and_keeps_its_code(
    graph: Graph,
) -> None:
    searched(graph.site, {"method": "random", "n_trials": 2, "space": SPACE})
    graph.run(["hyperparameter_grid"])
    graph.train("TINY-0003", "TINY-0004")
    tuples = graph.site.rows("TB_HYPERPARAMETER")
    searched(graph.site, {"method": "grid", "parallel": 4, "space": SPACE})

    said = metadata(graph.run(["hyperparameter_grid"]), "hyperparameter_grid")

    exist = {row["CODE_TASK"]: row["cell"] for row in table(said)}
    assert exist == {
        "TINY-0003": "exists",
        "TINY-0004": "exists",
        "TINY-0005": "new",
        "TINY-0006": "new",
    }
    assert (said["cells"], said["new_cells"]) == (4, 2)
    assert graph.site.rows("TB_HYPERPARAMETER")[:4] == tuples
    assert {code: method for code, method, _ in proposed(graph.site)} == {
        "TINY-0001": "random",
        "TINY-0002": "random",
    } | dict.fromkeys(exist, "grid")


def test_a_round_that_another_run_proposed_meanwhile_is_adopted(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph.train("TINY-0001", "TINY-0002")
    read = CellTables.history

    def overtaken(self: CellTables) -> History:
        """What is known, before another run proposes a round and trains it."""
        history = read(self)
        monkeypatch.setattr(CellTables, "history", read)
        graph.run(["hyperparameter_grid"])
        graph.train("TINY-0003", "TINY-0004")
        return history

    monkeypatch.setattr(CellTables, "history", overtaken)

    assert next_round(graph) == {
        "dagster/row_count": 4,
        "method": "random",
        "round": 1,
        "cells": 2,
        "new_cells": 0,
        "first_code": "TINY-0003",
        "last_code": "TINY-0004",
        "adopted": "another run proposed this round first",
    }
    assert len(proposed(graph.site)) == 4


@EVERYWHERE
def test_two_runs_that_propose_at_once_end_with_one_set_of_codes(graph: Graph) -> None:
    graph.train("TINY-0001", "TINY-0002")

    done = at_once(grid_of, (graph.site, {}), (graph.site, {}))

    assert done == [True, True]
    codes = [f"TINY-{number:04}" for number in range(1, 5)]
    assert proposed(graph.site) == [
        (code, "random", number // 2) for number, code in enumerate(codes)
    ]
    assert [row["CODE_TASK"] for row in graph.site.rows("TB_HYPERPARAMETER")] == codes
    assert len({_tuple(row) for row in graph.site.rows("TB_HYPERPARAMETER")}) == 4
    assert list(graph.partitions) == codes


def _tuple(row: Row) -> tuple[Any, ...]:
    return tuple(value for name, value in row.items() if name not in ("CODE_TASK", "DATE_UPDATE"))


def test_a_run_of_another_space_searches_that_one(graph: Graph) -> None:
    result = graph.run(["hyperparameter_grid"], {"space": {"epoch": [3]}})

    said = metadata(result, "hyperparameter_grid")
    assert (said["round"], said["first_code"], said["last_code"]) == (1, "TINY-0003", "TINY-0004")
    epochs = [row["EPOCH"] for row in graph.site.rows("TB_HYPERPARAMETER")]
    assert epochs[2:] == [3, 3]


def test_halving_keeps_the_checkpoints_of_its_newest_round_in_another_space_too(
    graph: Graph,
) -> None:
    halving = {"method": "halving", "n_trials": 2, "eta": 2}
    searched(graph.site, halving | {"space": SPACE})
    kept = []

    for space in ({}, {"batch_size": [40]}):
        for _ in range(2):
            rung = metadata(graph.run(["hyperparameter_grid"], {"space": space}), GRID[-1])
            graph.train(rung["first_code"], rung["last_code"])
            kept.append(len(list(graph.site.home.glob("checkpoints/TINY/*"))))

    assert kept == [2, 0, 2, 0]
