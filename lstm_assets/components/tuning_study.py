"""TuningStudy: a study's YAML as a Dagster component."""

import datetime
import warnings
from collections.abc import Sequence
from typing import Annotated, Any

import dagster as dg

from lstm_assets.errors import StudyError
from lstm_assets.graph.assets.study_asset import definitions_of_asset
from lstm_assets.graph.registry import ASSETS, jobs_of
from lstm_assets.graph.sensors import SENSORS
from lstm_assets.study import Study, study_from
from lstm_assets.tracking.progress import Progress

Date = Annotated[
    datetime.date | str,
    dg.Resolver(lambda context, value: value, model_field_type=str | datetime.date),
]


class TuningStudy(dg.Component, dg.Model, dg.Resolvable):
    """Tune forecasting networks on one ticker's prices.

    The fields are those of lstm_assets.study.Study, which says what is allowed in each.
    """

    code: str
    ticker: str
    source: dict[str, Any]
    date_begin: Date
    date_end: Date | None = None
    evaluation_share: float = 0.1
    price: str = "mid"
    # `model` in YAML; in Python that name is Resolvable's own.
    network: Annotated[str, dg.Resolver(lambda context, value: value, model_field_name="model")] = (
        "lstm"
    )
    search: dict[str, Any]
    retune: dict[str, Any] | None = None
    owners: list[str] | None = None
    max_gap_days: int = 10

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """Make the study's assets; raises StudyError if the YAML says what is not allowed."""
        given = {name: getattr(self, name) for name in self.model_fields_set - {"network"}}
        try:
            study = study_from({**given, "model": self.network}, context.path)
        except StudyError as error:
            raise StudyError(f"{context.path}: {error}") from None
        return definitions_of(study)


def definitions_of(study: Study, listeners: Sequence[Progress] = ()) -> dg.Definitions:
    """Make the assets, jobs and sensors of a study, and the IO managers that persist its assets.

    Args:
        study: checked.
        listeners: who follows its training; none: the run's log alone.
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
