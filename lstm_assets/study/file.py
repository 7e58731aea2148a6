"""Reading and checking a folder of YAML files, one per study.

No Dagster in this module: every command prints the same message for the same mistake.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from lstm_assets.errors import StudyError
from lstm_assets.study.study import Study, refuse_unknown, study_from

STUDY_FILE = "defs.yaml"
COMPONENT = "lstm_assets.components.TuningStudy"


def read_studies(folder: Path) -> dict[str, Study]:
    """Return every study below a folder, by code.

    Args:
        folder: contains one folder per study, each with a defs.yaml.

    Raises:
        StudyError: the folder does not exist or contains no study, a file is wrong, or two studies
            have the same code or folder name. The folder name is the prefix of a study's assets.
    """
    if not folder.is_dir():
        raise StudyError(
            f"{_short(folder)} is not a folder. Name one that contains a folder per study."
        )
    studies: dict[str, Study] = {}
    files: dict[str, Path] = {}
    names: dict[str, Path] = {}
    for file in sorted(folder.rglob(STUDY_FILE)):
        study = read_study(file)
        other = files.setdefault(study.code, file)
        if other is not file:
            raise StudyError(
                f"{_short(file)}: code is {study.code!r}, which {_short(other)} already has. "
                "Give each study a different code."
            )
        namesake = names.setdefault(study.name, file)
        if namesake is not file:
            raise StudyError(
                f"{_short(file)}: the study's folder is named {study.name!r}, like the folder of "
                f"{_short(namesake)}. Rename one of them."
            )
        studies[study.code] = study
    if not studies:
        raise StudyError(
            f"{_short(folder)} contains no study. Add a folder with a {STUDY_FILE} that starts "
            f"with `type: {COMPONENT}`."
        )
    return studies


def read_study(file: Path) -> Study:
    """Return the study in a YAML file.

    Raises:
        StudyError: names the file, the key, its value and what is allowed there.
    """
    try:
        document = yaml.load(file.read_text("utf-8-sig"), Loader=_StrictLoader)  # noqa: S506
        return study_from(_attributes(document), file.parent)
    except yaml.YAMLError as error:
        raise StudyError(f"{_short(file)}: {_yaml_problem(error)}") from None
    except UnicodeDecodeError as error:
        raise StudyError(
            f"{_short(file)}: byte {error.start} is not UTF-8. Save the file as UTF-8."
        ) from None
    except OSError as error:
        raise StudyError(f"{_short(file)}: {error.strerror}. Check the path.") from None
    except StudyError as error:
        raise StudyError(f"{_short(file)}: {' '.join(str(error).splitlines())}") from None


def _attributes(document: object) -> Mapping[str, Any]:
    if not isinstance(document, Mapping) or not isinstance(document.get("attributes"), Mapping):
        raise StudyError(
            f"no attributes. A study starts with `type: {COMPONENT}` and `attributes:`."
        )
    if document.get("type") != COMPONENT:
        raise StudyError(f"type is {document.get('type')!r}, expected {COMPONENT}.")
    refuse_unknown(document, ["type", "attributes"], "")
    attributes: Mapping[str, Any] = document["attributes"]
    return attributes


class _StrictLoader(yaml.SafeLoader):
    """Raises an error for a repeated key; YAML alone would keep the last one without a message."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue  # a list or mapping as a key: the call below raises an error
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key.value!r} is repeated", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)

    def construct_date(self, node: yaml.ScalarNode) -> object:
        """Return a date, or the text of one that no calendar has: the check of its key refuses it.

        Here, the message could not name the key.
        """
        try:
            return self.construct_yaml_timestamp(node)
        except ValueError:
            return node.value


_StrictLoader.add_constructor("tag:yaml.org,2002:timestamp", _StrictLoader.construct_date)


def _yaml_problem(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    line = f"line {mark.line + 1}: " if mark else ""
    return f"{line}{getattr(error, 'problem', None) or 'not valid YAML'}. Correct the YAML there."


def _short(path: Path) -> str:
    """Return the path relative to the working directory, or as it is if it lies outside."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative
