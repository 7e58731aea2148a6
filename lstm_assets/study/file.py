"""Reading and checking a folder of YAML files, one per study.

No Dagster in this module: every command prints the same message for the same mistake.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lstm_assets.errors import StudyError
from lstm_assets.study.reader import read_yaml
from lstm_assets.study.study import Study, refuse_unknown, study_from

STUDY_FILE = "defs.yaml"
COMPONENT = "lstm_assets.components.TuningStudy"

_KEYS = ["type", "attributes"]


def read_studies(folder: Path) -> dict[str, Study]:
    """Return every study below a folder, by code.

    Args:
        folder: contains one folder per study, each with a defs.yaml.

    Raises:
        StudyError: the folder does not exist or contains no study, a file is wrong, or two studies
            have the same code or folder name, or one lies in the folder of another. The folder name
            is the prefix of a study's assets.
    """
    if not folder.is_dir():
        raise StudyError(
            f"{_short(folder)} is not a folder. Name one that contains a folder per study."
        )
    studies: dict[str, Study] = {}
    files: dict[str, Path] = {}
    names: dict[str, Path] = {}
    found = sorted(folder.rglob(STUDY_FILE))
    for file in found:
        study = read_study(file)
        _refuse_inside(file, found)
        other = files.setdefault(study.code, file)
        if other is not file:
            raise StudyError(
                f"{_short(file)}: code is {study.code!r}, which {_short(other)} already has. "
                "Give each study a different code."
            )
        _refuse_namesake(study.name, file, names.setdefault(study.name.lower(), file))
        studies[study.code] = study
    if not studies:
        raise StudyError(
            f"{_short(folder)} contains no study. Add a folder with a {STUDY_FILE} that starts "
            f"with `type: {COMPONENT}`."
        )
    return studies


def _refuse_inside(file: Path, others: Iterable[Path]) -> None:
    """Raise StudyError for a study in the folder of another study: Dagster does not look there."""
    folders = {other.parent: other for other in others}
    for parent in file.parent.parents:
        if other := folders.get(parent):
            raise StudyError(
                f"{_short(file)}: this study lies in the folder of another, {_short(other)}, where "
                "Dagster does not find it. Move its folder out of there."
            )


def _refuse_namesake(name: str, file: Path, first: Path) -> None:
    """Raise StudyError unless a study's file is the first whose folder has this name in any case.

    MySQL stores the keys of assets in a column that takes GOLD and gold for the same.
    """
    if first is not file:
        case = "" if first.parent.name == name else ", apart from capital letters"
        raise StudyError(
            f"{_short(file)}: the study's folder is named {name!r}, like the folder of "
            f"{_short(first)}{case}. Rename one of them."
        )


def read_study(file: Path) -> Study:
    """Return the study in a YAML file.

    Raises:
        StudyError: names the file, the key, its value and what is allowed there.
    """
    attributes = read_attributes(file)
    try:
        return study_from(attributes, file.parent)
    except StudyError as error:
        raise _in_file(file, error) from None


def read_attributes(file: Path) -> Mapping[str, Any]:
    """Return the keys below `attributes:` of a study's file, as they are written.

    Raises:
        StudyError: it is no file of a study; the message names the file.
    """
    try:
        return _attributes(read_yaml(file.read_text("utf-8-sig")))
    except UnicodeDecodeError as error:
        raise StudyError(
            f"{_short(file)}: byte {error.start} is not UTF-8. Save the file as UTF-8."
        ) from None
    except OSError as error:
        raise StudyError(f"{_short(file)}: {error.strerror}. Check the path.") from None
    except StudyError as error:
        raise _in_file(file, error) from None


def _in_file(file: Path, error: StudyError) -> StudyError:
    return StudyError(f"{_short(file)}: {' '.join(str(error).splitlines())}")


def _attributes(document: object) -> Mapping[str, Any]:
    if isinstance(document, Mapping) and any(
        key not in _KEYS and key.lower() in _KEYS for key in document
    ):
        refuse_unknown(document, _KEYS, "")  # Type or ATTRIBUTES
    if not isinstance(document, Mapping) or not isinstance(document.get("attributes"), Mapping):
        raise StudyError(
            f"no attributes. A study starts with `type: {COMPONENT}` and `attributes:`."
        )
    if document.get("type") != COMPONENT:
        raise StudyError(f"type is {document.get('type')!r}, expected {COMPONENT}.")
    refuse_unknown(document, _KEYS, "")
    attributes: Mapping[str, Any] = document["attributes"]
    return attributes


def _short(path: Path) -> str:
    """Return the path relative to the working directory, or as it is if it lies outside."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative
