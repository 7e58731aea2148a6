"""TuningStudy: a study's YAML as a Dagster component."""

import datetime
import warnings
from collections.abc import Sequence
from typing import Annotated, Any

import dagster as dg

from lstm_assets.errors import StudyError
from lstm_assets.graph.assets.adjusted_prices import adjusted_prices
from lstm_assets.graph.assets.best_model import best_model
from lstm_assets.graph.assets.hyperparameter_grid import hyperparameter_grid
from lstm_assets.graph.assets.model_results import model_results
from lstm_assets.graph.assets.raw_prices import raw_prices
from lstm_assets.graph.io_managers.best import BestModelTables
from lstm_assets.graph.io_managers.cells import CellTables
from lstm_assets.graph.io_managers.prices import AdjustedPricesTables, RawPricesTables
from lstm_assets.graph.io_managers.results import ResultTables
from lstm_assets.graph.jobs import jobs_of
from lstm_assets.graph.keys import (
    ADJUSTED_PRICES,
    BEST_MODEL,
    HYPERPARAMETER_GRID,
    MODEL_RESULTS,
    RAW_PRICES,
    tables_key,
)
from lstm_assets.graph.sensors.best_model import best_model_sensor
from lstm_assets.graph.sensors.new_codes import new_codes_sensor
from lstm_assets.graph.sensors.next_round import next_round_sensor
from lstm_assets.graph.sensors.retune import retune_sensor
from lstm_assets.graph.sensors.task_status import task_status_sensor
from lstm_assets.study import Study, study_from
from lstm_assets.tracking.listener import Listener

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


def definitions_of(study: Study, listeners: Sequence[Listener] = ()) -> dg.Definitions:
    """Make the assets, jobs and sensors of a study, and the IO managers that persist its assets.

    Args:
        study: checked.
        listeners: who follows its training; the run's log, if there is none.
    """
    raw, adjusted = RawPricesTables(study), AdjustedPricesTables(study)
    cells, results, best = CellTables(study), ResultTables(study), BestModelTables(study)
    with warnings.catch_warnings():
        # Backfill and freshness policies are beta or preview; how they behave was checked with
        # the version that is pinned.
        warnings.simplefilter("ignore", dg.BetaWarning)
        warnings.simplefilter("ignore", dg.PreviewWarning)
        assets = [
            raw_prices(study, raw),
            adjusted_prices(study, adjusted),
            hyperparameter_grid(study, cells),
            model_results(study, results, listeners),
            best_model(study, best),
        ]
    jobs = jobs_of(study)
    return dg.Definitions(
        assets=assets,
        jobs=jobs.all(),
        sensors=[
            task_status_sensor(study),
            best_model_sensor(study, jobs),
            new_codes_sensor(study, jobs),
            next_round_sensor(study, jobs),
            retune_sensor(study, jobs),
        ],
        resources={
            tables_key(study, RAW_PRICES): raw,
            tables_key(study, ADJUSTED_PRICES): adjusted,
            tables_key(study, HYPERPARAMETER_GRID): cells,
            tables_key(study, MODEL_RESULTS): results,
            tables_key(study, BEST_MODEL): best,
        },
    )
