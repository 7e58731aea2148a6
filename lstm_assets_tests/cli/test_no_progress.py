"""A search that makes no progress ends, and says which cell is not as it was stored."""

import re
from pathlib import Path
from typing import Any

import pytest

from lstm_assets_tests.site import Site
from lstm_assets_tests.studies import SPACE, write_study

SMALL = {"epoch": [1], "size_unit_hidden": [2], "learning_rate": [0.0123, 0.01]}
GRID = {"method": "grid", "space": SPACE | SMALL}
RANDOM = {"method": "random", "n_trials": 2, "parallel": 1, "space": SPACE | SMALL}

CHANGED_WHEN_TRAINED = {
    "sqlite": "CREATE TRIGGER changed AFTER INSERT ON TB_MODELHISTORY BEGIN "
    "UPDATE TB_HYPERPARAMETER SET LEARNING_RATE = 0.5 WHERE CODE_TASK = NEW.CODE_TASK; END",
    "mysql": "CREATE TRIGGER changed AFTER INSERT ON TB_MODELHISTORY FOR EACH ROW "
    "UPDATE TB_HYPERPARAMETER SET LEARNING_RATE = 0.5 WHERE CODE_TASK = NEW.CODE_TASK",
}


@pytest.fixture(params=["sqlite", pytest.param("mysql", marks=pytest.mark.mysql)])
def changed(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    """TINY in a database that changes the row of each cell that is trained."""
    url = request.getfixturevalue("mysql_url") if request.param == "mysql" else ""
    site = Site(tmp_path, url)
    write_study(site.studies)
    assert site.here("init-db").status == 0
    site.execute(CHANGED_WHEN_TRAINED[request.param])
    return site


@pytest.mark.parametrize("search", [GRID, RANDOM], ids=["grid", "random"])
def test_a_cell_whose_row_was_changed_ends_the_search(
    changed: Site, search: dict[str, Any]
) -> None:
    write_study(changed.studies, search=search)

    done = changed.here("tune", "--workers", "0")

    assert done.status == 1
    assert re.search(
        r"^Error: the search does not go on: round \d was built, and [12] of its [12] cells are "
        r"not among the stored ones: in TINY-000[12], the closest, learning_rate 0\.01(23)? is 0\.5"
        r"\. Compare the columns of TB_HYPERPARAMETER with sql/, and look for triggers and changed "
        r"rows\.$",
        done.stderr,
        re.MULTILINE,
    )
    assert len(changed.rows("TB_HYPERPARAMETER")) <= 2  # no code was given to the same values
