"""TuningStudy: a study's YAML as a Dagster component."""

import warnings
from collections.abc import Sequence

import dagster as dg
from pydantic import create_model

from lstm_assets.components.schema import PYTHON_NAMES, schema_fields
from lstm_assets.errors import StudyError
from lstm_assets.graph.assets.study_asset import definitions_of_asset
from lstm_assets.graph.registry import ASSETS, jobs_of
from lstm_assets.graph.sensors import SENSORS
from lstm_assets.study import Study, study_from
from lstm_assets.tracking.listener import Listener


class _StudyComponent(dg.Component, dg.Model, dg.Resolvable):
    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """Make the study's assets; raises StudyError if the YAML says what is not allowed."""
        keys = {python: key for key, python in PYTHON_NAMES.items()}
        given = {keys.get(name, name): getattr(self, name) for name in self.model_fields_set}
        try:
            study = study_from(given, context.path)
        except StudyError as error:
            raise StudyError(f"{context.path}: {error}") from None
        return definitions_of(study)


# Its keys and defaults are the study's own, so they are declared once.
TuningStudy = create_model(
    "TuningStudy",
    __base__=_StudyComponent,
    __module__=__name__,
    __doc__="Tune forecasting networks on one ticker's prices. Its keys are those of a study.",
    **schema_fields(),
)


def definitions_of(study: Study, listeners: Sequence[Listener] = ()) -> dg.Definitions:
    """Make the assets, jobs and sensors of a study, and the IO managers that persist its assets.

    Args:
        study: checked.
        listeners: who follows its training; the run's log, if there is none.
    """
    with warnings.catch_warnings():
        # Backfill and freshness policies are beta or preview; how they behave was checked with
        # the version that is pinned.
        warnings.simplefilter("ignore", dg.BetaWarning)
        warnings.simplefilter("ignore", dg.PreviewWarning)
        assets = [definitions_of_asset(study, asset, listeners) for asset in ASSETS]
    jobs = jobs_of(study)
    sensors = [make(study, jobs) for make in SENSORS]
    return dg.Definitions.merge(*assets, dg.Definitions(jobs=list(jobs.values()), sensors=sensors))
