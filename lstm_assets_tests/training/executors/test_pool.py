import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeGuard

import pytest

from lstm_assets.training.events import CellFailed, CellTrained, EpochTrained, Event
from lstm_assets.training.executors import default_workers
from lstm_assets_tests.training.cells import outcome, planned, run, trained, walk

FOR_EVER = 1_000_000  # epochs
SECONDS = 60  # patience of a test that would otherwise hang


def ends(events: Sequence[Event]) -> dict[str, tuple[object, ...] | CellFailed]:
    """How each cell ended, by code."""
    ended = [event for event in events if isinstance(event, CellTrained | CellFailed)]
    assert len({event.code for event in ended}) == len(ended)
    return {
        event.code: event if isinstance(event, CellFailed) else outcome(event) for event in ended
    }


def script(folder: Path, text: str, **environment: str) -> list[str]:
    """A command that runs a file with `text`, as people's own scripts are run."""
    (folder / "script.py").write_text(text)
    path = os.pathsep.join([os.getcwd(), *sys.path])
    settings = [f"{name}={value}" for name, value in environment.items()]
    return ["env", f"PYTHONPATH={path}", *settings, sys.executable, str(folder / "script.py")]


def test_results_depend_neither_on_workers_nor_on_order() -> None:
    trajectories = planned(
        {"epoch": 1}, {"epoch": 3}, {"batch_size": 8}, {"epoch": 3, "learning_rate": 1e30}
    )

    alone = ends(list(run(trajectories, walk(), workers=0)))
    in_two = list(run(trajectories[::-1], walk(), workers=2))

    assert sorted(alone) == ["T-0001", "T-0002", "T-0003", "T-0004"]
    assert [code for code, end in alone.items() if isinstance(end, CellFailed)] == ["T-0004"]
    assert ends(list(run(trajectories[::-1], walk(), workers=0))) == alone
    assert ends(in_two) == alone
    # Epochs of one trajectory come in their order, the last always, of short ones not each.
    epochs = [each.epoch for each in in_two if _is_epoch_of("T-0002", each)]
    assert epochs == sorted(set(epochs))
    assert epochs[-1] == 3


def _is_epoch_of(code: str, event: Event) -> TypeGuard[EpochTrained]:
    return isinstance(event, EpochTrained) and code in event.codes


def test_no_trajectories_need_no_worker() -> None:
    assert list(run([], walk(), workers=2)) == []
    assert multiprocessing.active_children() == []


def test_a_killed_worker_costs_its_own_trajectorys_unfinished_cells_and_no_other() -> None:
    trajectories = planned(
        {"epoch": 1}, {"epoch": FOR_EVER},
        {"epoch": 1, "batch_size": 8}, {"epoch": FOR_EVER, "batch_size": 8},
        {"epoch": 2, "batch_size": 4},
    )  # fmt: skip
    last = trajectories[-1]
    before: list[Event] = []
    after: list[Event] = []

    with closing(run(trajectories, walk(), workers=2)) as events:
        for event in events:
            before.append(event)
            if len(trained(before)) == 2:  # both that go on for ever are under way
                break
        victim, other = multiprocessing.active_children()
        os.kill(victim.pid or 0, signal.SIGKILL)
        for event in events:
            after.append(event)
            if set(last.codes) <= set(trained(after)):
                break
        survived = other.is_alive()

    [failed] = [event for event in after if isinstance(event, CellFailed)]
    assert failed.code in {"T-0002", "T-0004"}
    assert "the worker process died (exit code -9)" in failed.reason
    assert sorted([*trained(before), *trained(after)]) == ["T-0001", "T-0003", "T-0005"]
    assert survived


def test_closing_the_iterator_stops_the_workers() -> None:
    events = run(planned({"epoch": FOR_EVER}), walk(), workers=1)
    next(event for event in events if isinstance(event, EpochTrained))
    [worker] = multiprocessing.active_children()

    events.close()

    assert not worker.is_alive()  # it had years to go


def test_workers_end_in_the_middle_of_an_epoch_when_their_parent_is_killed(tmp_path: Path) -> None:
    command = script(
        tmp_path,
        "from lstm_assets_tests.training.cells import planned, run, walk\n"
        "large = {'batch_size': 1, 'size_sequence': 200, 'size_unit_hidden': 256}\n"
        "one_epoch_takes_minutes = planned(large), walk(60_000)\n"
        "for event in run(*one_epoch_takes_minutes, workers=1):\n"
        "    print(type(event).__name__, flush=True)\n",
    )

    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "TrajectoryStarted\n"
        parent.kill()
        # Workers hold the pipe as well: it is at its end when all of them are.
        parent.communicate(timeout=20)


def test_workers_import_no_dagster_even_where_the_main_script_does(tmp_path: Path) -> None:
    [here] = trained(run(planned({}), walk(), workers=0)).values()
    command = script(
        tmp_path,
        "import dagster, os\n"
        "from lstm_assets_tests.training.cells import outcome, planned, run, trained, walk\n"
        "os.environ['PYTHONPROFILEIMPORTTIME'] = '1'  # processes from here on list their imports\n"
        "[cell] = trained(run(planned({}), walk(), workers=1)).values()\n"
        "print(outcome(cell))\n",
    )

    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=SECONDS)

    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    imported = {line.split("|")[-1].strip() for line in lines}
    assert done.stdout == f"{outcome(here)}\n"
    assert {"torch", "lstm_assets.training.executors.worker"} <= imported
    assert not {name for name in imported if name.partition(".")[0] == "dagster"}


def test_there_is_a_worker_for_each_processor_by_default() -> None:
    assert 1 <= default_workers() <= (os.cpu_count() or 1)


def test_a_run_can_be_interrupted_while_its_workers_start() -> None:
    class Interrupted(Exception): ...

    def interrupt(*_: object) -> None:
        raise Interrupted

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with pytest.raises(Interrupted):
            list(run(planned({"epoch": FOR_EVER}), walk(), workers=1))
    finally:
        signal.signal(signal.SIGALRM, before)

    assert multiprocessing.active_children() == []
