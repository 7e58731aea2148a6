"""What stops a job costs its own cells, and nothing else."""

import pytest

from lstm_assets.errors import (
    DivergedError,
    HomeError,
    TimeLimitError,
    TooFewBarsError,
    WarmStartError,
)
from lstm_assets.training.engines.packs import Job, Pack
from lstm_assets.training.events import CellFailed, CellTrained
from lstm_assets.training.executors import job as job_module
from lstm_assets.training.executors.job import events_of
from lstm_assets.training.options import Options
from lstm_assets_tests.training.cells import planned, trained, walk

[TRAJECTORY] = planned({"epoch": 1}, {"epoch": 3})


@pytest.mark.parametrize("job", [TRAJECTORY, Pack((TRAJECTORY,), "cpu")])
def test_a_trajectory_or_a_pack_is_a_job(job: Job) -> None:
    assert sorted(trained(events_of(job, walk(), Options()))) == ["T-0001", "T-0002"]


def test_an_error_of_the_project_is_told_as_it_stands() -> None:
    [wrong] = planned({"ratio_train_set": 0.9})

    [failed] = events_of(wrong, walk(), Options())

    assert isinstance(failed, CellFailed)
    assert failed.reason.startswith("ratio_train_set 0.9 trains up to bar 108")
    assert failed.recurs


@pytest.mark.parametrize(
    ("error", "recurs"),
    [
        (DivergedError("the loss is nan"), True),
        (TooFewBarsError("no windows"), True),
        (TimeLimitError("it took over 1 s"), False),
        (WarmStartError("it cannot be read"), False),
        (HomeError("the disk is full"), False),
        (MemoryError(), False),
    ],
)
def test_only_what_the_same_prices_and_values_cause_recurs(
    error: Exception, recurs: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*arguments: object) -> object:
        raise error

    monkeypatch.setattr(job_module, "train", fails)

    ends = list(events_of(TRAJECTORY, walk(), Options()))

    assert [(event.code, event.recurs) for event in ends if isinstance(event, CellFailed)] == [
        ("T-0001", recurs),
        ("T-0002", recurs),
    ]


def test_a_defect_fails_the_cells_that_are_left_with_its_kind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    train = job_module.train

    def broken(*arguments: object) -> object:
        for event in train(*arguments):  # type: ignore[arg-type]
            yield event
            if isinstance(event, CellTrained):
                raise KeyError("gone\nastray")

    monkeypatch.setattr(job_module, "train", broken)

    events = list(events_of(TRAJECTORY, walk(), Options()))

    assert list(trained(events)) == ["T-0001"]
    assert events[-1] == CellFailed("T-0002", r"KeyError: 'gone\nastray'")
