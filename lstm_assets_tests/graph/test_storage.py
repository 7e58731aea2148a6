import os
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.instance.ref import InstanceRef
from dagster_mysql import MySQLRunStorage
from sqlalchemy import create_engine, inspect

from lstm_assets.graph.instance import prepare_dagster_home
from lstm_assets.settings import settings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own; nothing else is set."""
    for name in ("DAGSTER_HOME", "DAGSTER_MYSQL_URL", "LSTM_ASSETS_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LSTM_ASSETS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def stored_run(reference: InstanceRef) -> str:
    """Make a run, and return its id once another instance of the same reference reads it."""
    with dg.DagsterInstance.from_ref(reference) as instance:
        run_id = instance.create_run_for_job(dg.GraphDefinition("empty").to_job()).run_id
    with dg.DagsterInstance.from_ref(reference) as instance:
        assert [each.run_id for each in instance.get_runs()] == [run_id]
    return run_id


def test_without_mysql_a_stock_client_and_the_command_share_their_runs(
    home: Path, tmp_path: Path
) -> None:
    """Dagster's clients read dagster.yaml from the working directory, and need no DAGSTER_HOME."""
    prepare_dagster_home(settings())
    del os.environ["DAGSTER_HOME"]
    stock = InstanceRef.from_dir(str(tmp_path), config_dir=str(home / "dagster"))

    run_id = stored_run(stock)

    with dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(home / "dagster"))) as instance:
        assert [each.run_id for each in instance.get_runs()] == [run_id]
    assert (home / "dagster" / "history" / "runs.db").is_file()


def test_a_home_of_its_own_keeps_its_runs(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare_dagster_home(settings())
    own = tmp_path / "own"
    own.mkdir()
    (own / "dagster.yaml").write_bytes((home / "dagster" / "dagster.yaml").read_bytes())
    monkeypatch.setenv("DAGSTER_HOME", str(own))

    stored_run(InstanceRef.from_dir(str(own)))

    assert (own / "history" / "runs.db").is_file()


@pytest.mark.mysql
def test_with_its_url_the_runs_are_in_mysql(
    home: Path, mysql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_MYSQL_URL", mysql_url)
    reference = InstanceRef.from_dir(str(prepare_dagster_home(settings())))

    stored_run(reference)

    with dg.DagsterInstance.from_ref(reference) as instance:
        assert isinstance(instance.run_storage, MySQLRunStorage)
    engine = create_engine(mysql_url)
    assert "runs" in inspect(engine).get_table_names()
    engine.dispose()
    assert not (home / "dagster" / "history").exists()
