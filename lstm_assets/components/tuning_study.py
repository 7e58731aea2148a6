"""TuningStudy: a study's YAML as a Dagster component."""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import create_model

from lstm_assets.components.schema import PYTHON_NAMES, schema_fields
from lstm_assets.errors import StudyError
from lstm_assets.graph.assets.study_asset import definitions_of_asset
from lstm_assets.graph.registry import ASSETS, jobs_of
from lstm_assets.graph.sensors import SENSORS
from lstm_assets.study import Study, study_from
from lstm_assets.study.file import STUDY_FILE, read_attributes
from lstm_assets.tracking.listener import Listener


class _StudyComponent(dg.Component, dg.Model, dg.Resolvable):
    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """Return the study's definitions; raises StudyError if the YAML is wrong."""
        keys = {python: key for key, python in PYTHON_NAMES.items()}
        given = {keys.get(name, name): getattr(self, name) for name in self.model_fields_set}
        try:
            study = study_from(_as_in_the_file(given, context.path / STUDY_FILE), context.path)
        except StudyError as error:
            raise StudyError(f"{context.path}: {error}") from None
        return definitions_of(study)


# The keys and defaults come from the study, so that they are declared only once.
TuningStudy = create_model(
    "TuningStudy",
    __base__=_StudyComponent,
    __module__=__name__,
    __doc__="Tune forecasting networks on the prices of one ticker. The keys are those of a study.",
    **schema_fields(),
)


def _as_in_the_file(given: dict[str, Any], file: Path) -> dict[str, Any]:
    """Return attributes as the command reads them: Dagster's own YAML makes 432 of 000660.

    A component that was made in Python has no file.
    """
    return _as_written(given, read_attributes(file)) if file.is_file() else given


def _as_written(given: Any, written: Any) -> Any:
    """Return what the file says; Dagster's value where it filled in a template."""
    if isinstance(written, str) and "{{" in written:
        return given
    if isinstance(written, Mapping) and isinstance(given, Mapping):
        return {key: _as_written(given.get(key), each) for key, each in written.items()}
    if isinstance(written, list) and isinstance(given, list) and len(given) == len(written):
        return [_as_written(*both) for both in zip(given, written, strict=True)]
    return written


def definitions_of(study: Study, listeners: Sequence[Listener] = ()) -> dg.Definitions:
    """Return the assets, jobs and sensors of a study, and the IO managers that store its assets.

    Args:
        study: a study that was checked.
        listeners: they follow its training; if there are none, only the run's log does.
    """
    with warnings.catch_warnings():
        # Backfill and freshness policies are beta or preview. Their behaviour was checked with the
        # pinned version.
        warnings.simplefilter("ignore", dg.BetaWarning)
        warnings.simplefilter("ignore", dg.PreviewWarning)
        assets = [definitions_of_asset(study, asset, listeners) for asset in ASSETS]
    jobs = jobs_of(study)
    sensors = [make(study, jobs) for make in SENSORS]
    return dg.Definitions.merge(*assets, dg.Definitions(jobs=list(jobs.values()), sensors=sensors))
