"""A study of the reference study's name that takes seconds, and pieces of YAML put into it."""

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from lstm_assets.study import Study
from lstm_assets.study.file import read_study

NAME = "usd_krw"

STUDY: dict[str, Any] = {
    "type": "lstm_assets.components.TuningStudy",
    "attributes": {
        "code": "USDKRW",
        "ticker": "USD/KRW",
        "source": {"kind": "ecb"},
        "date_begin": "2022-01-01",
        "date_end": "2022-12-31",
        "search": {
            "method": "grid",
            "space": {
                "epoch": [1, 2],
                "batch_size": [50],
                "learning_rate": [0.01],
                "ratio_train_set": [0.8],
                "size_sequence": [4],
                "size_unit_input": [2],
                "size_unit_hidden": [2, 3],
                "size_unit_output": [1],
            },
        },
    },
}

# Below these keys a piece adds to what the study says; any other it replaces.
_JOINED = ("search", "space", "retune")


def small_study(piece: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The study's file as a mapping, with a piece of YAML in its attributes."""
    study = deepcopy(STUDY)
    _join(study["attributes"], piece or {})
    return study


def write_small_study(studies: Path, study: Mapping[str, Any] = STUDY) -> Path:
    """Write a study's file below a folder of studies."""
    file = studies / NAME / "defs.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(dict(study), sort_keys=False))
    return file


def read_with(folder: Path, piece: Mapping[str, Any]) -> Study:
    """The study with a piece of YAML, as the platform reads it."""
    return read_study(write_small_study(folder, small_study(piece)))


def _join(into: dict[str, Any], piece: Mapping[str, Any]) -> None:
    for key, value in piece.items():
        if key in _JOINED and isinstance(value, Mapping):
            _join(into.setdefault(key, {}), value)
        else:
            into[key] = value
