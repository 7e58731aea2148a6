"""The sensor new_codes: it trains the cells that a new grid has added."""

from __future__ import annotations

from dataclasses import dataclass, field

import dagster as dg

from lstm_assets.cells.codes import cell_number
from lstm_assets.cells.values import identity
from lstm_assets.graph.jobs import TUNE, Jobs
from lstm_assets.graph.keys import MODEL_RESULTS
from lstm_assets.graph.runs.queries import ranges, unfinished
from lstm_assets.graph.sensors.one_line import Requests, in_one_line
from lstm_assets.graph.tags import RANGE_END, RANGE_START
from lstm_assets.records.cells import known_cells
from lstm_assets.store.engine import connect
from lstm_assets.store.setup import database
from lstm_assets.store.status import Status, read_statuses
from lstm_assets.study import Study

SECONDS_BETWEEN_TICKS = 30


def new_codes_sensor(study: Study, jobs: Jobs) -> dg.SensorDefinition:
    """Return the sensor that trains the CODE_TASKs that no run has tried yet.

    It does not try cells again that failed or were canceled.
    """

    @dg.sensor(
        name=f"{study.name}__new_codes",
        description="Trains the CODE_TASKs that a grid has added and no run has tried yet.",
        job=jobs[TUNE],
        minimum_interval_seconds=SECONDS_BETWEEN_TICKS,
        default_status=dg.DefaultSensorStatus.STOPPED,
    )
    @in_one_line
    def tick(context: dg.SensorEvaluationContext) -> Requests:
        launched = int(context.cursor or 0)  # the highest number that this sensor has launched
        under_way = unfinished(context.instance, study, MODEL_RESULTS)
        untried = _Untried() if under_way else _never_tried(study)
        new = [code for code in untried.new if (cell_number(code) or 0) > launched]
        if under_way:
            yield dg.SkipReason(f"runs of model_results that have not ended: {len(under_way)}")
        elif not new and untried.repeated:
            yield dg.SkipReason(_repeated(untried.repeated))
        elif not new:
            yield dg.SkipReason("every CODE_TASK has been tried")
        else:
            context.update_cursor(str(max(cell_number(code) or 0 for code in new)))
        for first, last in ranges(context.instance, study, new):
            yield dg.RunRequest(tags={RANGE_START: first, RANGE_END: last})

    return tick


@dataclass(frozen=True, slots=True)
class _Untried:
    """The CODE_TASKs that no run has tried."""

    new: list[str] = field(default_factory=list)
    repeated: dict[str, str] = field(default_factory=dict)  # to the older code of the same values


def _never_tried(study: Study) -> _Untried:
    with connect(database()) as conn:
        rows = read_statuses(conn, study.code)
        cells = known_cells(conn, study)
    codes = [row.code_task for row in rows if row.status is Status.NOT_EXECUTED]
    untried = _Untried()
    oldest: dict[str, str] = {}
    for code, cell in cells.items() if codes else ():
        oldest.setdefault(identity(cell.model, cell.hyperparameters), code)
    for code in codes:
        if code not in cells:
            continue
        older = oldest[identity(cells[code].model, cells[code].hyperparameters)]
        if older == code:
            untried.new.append(code)
        else:
            untried.repeated[code] = older
    return untried


def _repeated(repeated: dict[str, str]) -> str:
    """Return why cells are not trained that have the values of older cells.

    A table that rounds numbers gives each grid new codes for the same values, again and again.
    """
    code, older = next(iter(repeated.items()))
    count = "1 cell is" if len(repeated) == 1 else f"{len(repeated)} cells are"
    return (
        f"{count} not trained, because older cells have the same values: {code} those of {older}. "
        "Compare the columns of TB_HYPERPARAMETER with sql/, and look for triggers and changed rows"
    )
