"""Do one job: train a trajectory or a pack in this process."""

from __future__ import annotations

from collections.abc import Iterator

from lstm_assets.training.engines.one_by_one import train
from lstm_assets.training.engines.packs import Job, Pack
from lstm_assets.training.events import CellFailed, CellTrained, Event
from lstm_assets.training.options import Options
from lstm_assets.training.series import TrainingSeries


def events_of(job: Job, series: TrainingSeries, options: Options) -> Iterator[Event]:
    """Do a job and yield its events; an error gives a CellFailed for each unfinished cell.

    Args:
        job: the trajectory or pack to train.
        series: the study's prices.
        options: checkpoints and limits.
    """
    unfinished = set(job.codes)
    try:
        for event in _train(job, series, options):
            if isinstance(event, CellTrained | CellFailed):
                unfinished.discard(event.code)
            yield event
    except Exception as error:  # any error fails these cells, not the run
        for code in sorted(unfinished):
            yield CellFailed.of(code, error)


def _train(job: Job, series: TrainingSeries, options: Options) -> Iterator[Event]:
    if not isinstance(job, Pack):
        return train(job, series, options)
    from lstm_assets.training.engines.lockstep_pack import train_pack

    return train_pack(job, series, options)
