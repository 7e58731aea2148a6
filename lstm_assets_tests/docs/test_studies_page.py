"""docs/studies.md says of every key of a study what the code says of it."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic.fields import FieldInfo

from lstm_assets.cells.settings import TrainingSettings
from lstm_assets.models import MODELS
from lstm_assets.search import METHODS, Method
from lstm_assets.search.space.parameters import Range, Scale
from lstm_assets.sources import SOURCES
from lstm_assets.study import Study
from lstm_assets.study.finalists import Finalists
from lstm_assets.study.folds import Folds
from lstm_assets.study.holdout import Holdout
from lstm_assets_tests.docs.keys import default_of, type_of
from lstm_assets_tests.docs.pages import ROOT, Page
from lstm_assets_tests.docs.small_study import read_with

COLUMNS = ("key", "type", "default", "meaning", "example")
RETUNE: Any = Study.model_fields["retune"].annotation

IN_SEARCH = {"method", "space", "constraint", "warm_start"}  # keys below `search` of every method
# Names that the class Study has of what stands elsewhere in the file, or nowhere.
NO_ATTRIBUTES = {"name", "prior_results", *IN_SEARCH}

SECTIONS: dict[str, Mapping[str, FieldInfo]] = {
    "Attributes": {k: v for k, v in Study.model_fields.items() if k not in NO_ATTRIBUTES},
    "Keys of every method": Method.model_fields,
    "Hyperparameters": TrainingSettings.model_fields,
    "Retune": RETUNE.model_fields,
    "Holdout": Holdout.model_fields,
    "Folds": Folds.model_fields,
    "Finalists": Finalists.model_fields,
    **{
        kind: {k: v for k, v in source.model_fields.items() if k != "kind"}
        for kind, source in SOURCES.items()
    },
    **{
        name: {k: v for k, v in method.model_fields.items() if k not in Method.model_fields}
        for name, method in METHODS.items()
    },
    **{name: network.model_fields for name, network in MODELS.items()},
}
NAMED: dict[str, set[str]] = {
    "Source": {"kind"},
    "Search": IN_SEARCH,
    "Lists": {"values", "when"},
    "Ranges": {each.name for each in fields(Range)} - {"name", "whole"},
    "Distributions": {"dist", "when"},
}
CHOICES = {
    ("Source", "kind"): sorted(SOURCES),
    ("Search", "method"): sorted(METHODS),
    ("Ranges", "scale"): list(get_args(Scale)),
}

# What a study needs besides the example of a key, by the key's section.
ENOUGH: dict[str, dict[str, Any]] = {
    "csv": {"path": "prices.csv"},
    "replay": {"of": {"kind": "ecb"}, "begin": "2022-07-01"},
    "bayesian": {"n_trials": 4},
    "coarse_to_fine": {"n_trials": 4},
    "halving": {"n_trials": 4},
}
# Of a method that searches ranges as well.
SEARCHED = {"search": {"method": "random", "n_trials": 4}}


class Key:
    """A row of a table of keys."""

    def __init__(self, section: str, row: tuple[str, ...]) -> None:
        key, self.type, self.default, self.meaning, example = row
        self.section, self.name = section, key.strip("`")
        self.example = example.removeprefix("`").removesuffix("`")


def keys() -> Iterator[Key]:
    for table in Page(ROOT / "docs" / "studies.md").tables:
        if table.columns == COLUMNS:
            for row in table.rows:
                yield Key(table.headings[-1], row)


KEYS = list(keys())


@pytest.mark.parametrize("section", SECTIONS)
def test_each_key_has_a_row_that_says_its_type_and_default(section: str) -> None:
    declared = SECTIONS[section]

    told = {key.name: (key.type, key.default) for key in KEYS if key.section == section}

    assert told == {name: (type_of(field), default_of(field)) for name, field in declared.items()}


@pytest.mark.parametrize("section", NAMED)
def test_each_key_that_is_no_field_has_a_row(section: str) -> None:
    assert {key.name for key in KEYS if key.section == section} == NAMED[section]


@pytest.mark.parametrize(("section", "name"), CHOICES)
def test_a_choice_lists_every_name(section: str, name: str) -> None:
    [told] = [key.type for key in KEYS if (key.section, key.name) == (section, name)]

    assert told == " or ".join(f"`{each}`" for each in CHOICES[section, name])


@pytest.mark.parametrize("method", METHODS)
def test_a_method_has_the_common_keys_as_they_are_for_all(method: str) -> None:
    own = METHODS[method].model_fields

    for name, field in Method.model_fields.items():
        assert (type_of(own[name]), default_of(own[name])) == (type_of(field), default_of(field))


def test_no_section_is_of_a_key_that_the_code_does_not_have() -> None:
    assert {key.section for key in KEYS} <= {*SECTIONS, *NAMED}


@pytest.mark.parametrize("key", KEYS, ids=lambda key: f"{key.section}.{key.name}")
def test_the_example_of_a_key_is_read(key: Key, tmp_path: Path) -> None:
    given = yaml.safe_load(key.example)

    study = read_with(tmp_path, piece(key, given))

    assert key.name in key.example
    assert study.code


def piece(key: Key, given: dict[str, Any]) -> dict[str, Any]:
    """The example where it belongs, with what else a study needs there."""
    section = key.section
    around = ENOUGH.get(section, {})
    if section in ("Source", *SOURCES):
        kind = {"kind": section} if section in SOURCES else {}
        return {"source": {**kind, **around, **given}}
    if section in METHODS:
        return {"search": {"method": section, **around, **given}}
    if section in ("Search", "Keys of every method"):
        return {"search": given}
    if section in ("Retune", "Folds", "Finalists"):
        return {section.lower(): given}
    if section == "Holdout":
        share = {} if {*given} & {"share", "date_end"} else {"share": 0.1}
        return {"date_end": "2022-12-31", "holdout": share | given}
    if section == "Attributes":
        return given
    return {"search": {**SEARCHED["search"], "space": given}}
