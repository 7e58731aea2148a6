"""What has a name that people use is named in the page where they look for it."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

import click
import dagster as dg
import pytest

from lstm_assets import settings
from lstm_assets.cli.commands import cli
from lstm_assets.components.tuning_study import definitions_of
from lstm_assets.graph.assets.hyperparameter_grid import GridConfig
from lstm_assets.graph.assets.model_results import ModelResultsConfig
from lstm_assets_tests.docs.pages import README, ROOT
from lstm_assets_tests.docs.small_study import NAME, read_with

OPERATING, TABLES = ROOT / "docs" / "operating.md", ROOT / "docs" / "tables.md"


def unnamed(names: Iterable[str], page: Path, heading: str = "") -> list[str]:
    """The names that do not stand in a page, or below a heading of it, as words of their own."""
    text = page.read_text("utf-8")
    if heading:
        text = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [each for each in names if not re.search(rf"(?<![\w-]){re.escape(each)}(?!\w)", text)]


@pytest.fixture
def definitions(tmp_path: Path) -> dg.Definitions:
    return definitions_of(read_with(tmp_path, {}))


def test_the_readme_names_every_command_and_its_options() -> None:
    options = [
        option
        for command in cli.commands.values()
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for option in parameter.opts[:1]
    ]

    assert unnamed([*(f"lstm-assets {name}" for name in cli.commands), *options], README) == []


def test_the_readme_gives_a_reason_for_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    names = [re.split(r"[>=<\[]", each)[0] for each in project["dependencies"]]

    assert unnamed(names, README, "Why these dependencies") == []


def test_the_page_of_operating_names_every_asset_job_sensor_and_check(
    definitions: dg.Definitions,
) -> None:
    assets = list(definitions.assets or [])
    checks = [each.name for asset in assets for each in asset.check_specs]
    prefixed = [each.name for each in [*(definitions.jobs or []), *(definitions.sensors or [])]]

    named = [each.removeprefix(f"{NAME}__") for each in prefixed]

    assert checks
    assert named
    assert unnamed([*(each.key.path[-1] for each in assets), *named, *checks], OPERATING) == []


def test_the_page_of_operating_names_every_key_of_the_launchpad() -> None:
    keys = [*GridConfig.model_fields, *ModelResultsConfig.model_fields]

    assert unnamed(keys, OPERATING) == []


def test_the_page_of_operating_names_every_setting() -> None:
    variables = [
        each
        for each in vars(settings).values()
        if isinstance(each, str) and re.fullmatch(r"(LSTM_ASSETS|DAGSTER)_[A-Z_]+", each)
    ]

    assert "LSTM_ASSETS_HOME" in variables
    assert unnamed(variables, OPERATING) == []


def test_the_page_of_tables_names_every_table_and_what_the_platform_adds() -> None:
    statements = "\n".join(file.read_text() for file in (ROOT / "sql").glob("*.sql"))
    tables = set(re.findall(r"CREATE TABLE IF NOT EXISTS (TB_\w+)", statements))
    added = set(re.findall(r"ADD COLUMN (\w+)", statements))

    assert len(tables) > 5
    assert unnamed(sorted(tables | added), TABLES) == []
