"""Where training takes place, and what it says where it cannot."""

import multiprocessing
import os
import signal
import subprocess
import sys
from contextlib import closing

import pytest
import torch

from lstm_assets.common.fields import DeviceChoice
from lstm_assets.errors import DeviceError
from lstm_assets.training.engines.devices import Device, find_device
from lstm_assets.training.engines.packs import Pack
from lstm_assets.training.events import CellFailed, CellTrained, Event, TrajectoryStarted
from lstm_assets.training.executors.team import team
from lstm_assets.training.options import Options
from lstm_assets_tests.training.cells import outcome, planned, run, trained, walk

NO_GPU = pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
CUDA, AUTO = Options(device=DeviceChoice.cuda), Options(device=DeviceChoice.auto)
FOR_EVER = 1_000_000  # epochs


@pytest.fixture
def _no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


@pytest.mark.usefixtures("_no_gpu")
def test_auto_is_the_cpu_where_there_is_no_gpu() -> None:
    assert find_device(DeviceChoice.auto) == Device("cpu")


@pytest.mark.parametrize("choice", [DeviceChoice.cuda, DeviceChoice.auto])
def test_a_gpu_that_torch_finds_is_used(
    choice: DeviceChoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch, "zeros", lambda *_, **__: None)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (7, 8))

    assert find_device(choice) == Device("cuda", 7)


def test_a_gpu_that_does_not_work_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("CUDA error: no kernel image is available\nCompile with ...")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch, "zeros", broken)

    with pytest.raises(DeviceError) as error:
        find_device(DeviceChoice.auto)

    assert str(error.value) == (
        "device cuda cannot be used: CUDA error: no kernel image is available. "
        "Set LSTM_ASSETS_DEVICE, or `device` in the run config, to cpu or auto."
    )


def test_the_cpu_is_found_without_torch() -> None:
    script = (
        "import sys; from lstm_assets.training.engines.devices import *;"
        "print(find_device(DeviceChoice.cpu), 'torch' in sys.modules)"
    )

    done = subprocess.check_output([sys.executable, "-c", script], text=True)

    assert done == "Device(name='cpu', bytes_free=0) False\n"


@pytest.mark.usefixtures("_no_gpu")
def test_cuda_without_a_gpu_is_refused_before_anything_is_trained() -> None:
    with pytest.raises(DeviceError, match="device cuda cannot be used: t"):
        next(run(planned({}), walk(), workers=0, options=CUDA))


@NO_GPU
def test_a_worker_that_finds_no_gpu_refuses_as_well() -> None:
    with pytest.raises(DeviceError, match="device cuda cannot be used: t"):
        next(run(planned({}), walk(), workers=2, options=CUDA))

    assert multiprocessing.active_children() == []


@NO_GPU
def test_auto_without_a_gpu_trains_as_the_cpu_does() -> None:
    trajectories = planned({})

    on_cpu = trained(run(trajectories, walk(), workers=0))
    found = trained(run(trajectories, walk(), workers=2, options=AUTO))

    assert {code: outcome(cell) for code, cell in found.items()} == {
        code: outcome(cell) for code, cell in on_cpu.items()
    }


def test_nothing_to_train_needs_no_device() -> None:
    assert list(run([], walk(), workers=2, options=CUDA)) == []


def test_a_gpu_that_is_found_trains_packs(monkeypatch: pytest.MonkeyPatch) -> None:
    trajectories = planned({}, {"batch_size": 8}, {"learning_rate": 0.02})
    found = Device("cuda", 2**30)
    monkeypatch.setattr("lstm_assets.training.executors.in_process.find_device", lambda _: found)
    monkeypatch.setattr(
        "lstm_assets.training.engines.packs.Pack", lambda trajectories, _: Pack(trajectories, "cpu")
    )

    events = list(run(trajectories, walk(), workers=0, options=AUTO))

    assert sorted(trained(events)) == ["T-0001", "T-0002", "T-0003"]
    assert all(isinstance(event, TrajectoryStarted) for event in events[:3])  # all in lockstep


def test_a_worker_that_dies_costs_its_packs_unfinished_cells_and_no_other() -> None:
    trajectories = planned(
        {"epoch": 1}, {"epoch": FOR_EVER}, {"batch_size": 8}, {"size_sequence": 5}
    )
    packs = [Pack(tuple(part), "cpu") for part in (trajectories[:2], trajectories[2:])]
    events: list[Event] = []

    with (
        team(1, walk(), Options()) as one,
        closing(one.train(packs)) as happening,
    ):
        for event in happening:
            events.append(event)
            if len(trained(events)) == 2:
                break
        [victim] = multiprocessing.active_children()
        os.kill(victim.pid or 0, signal.SIGKILL)
        events += happening

    ends = [event for event in events if isinstance(event, CellTrained | CellFailed)]
    assert sorted(trained(events)) == ["T-0001", "T-0003", "T-0004"]
    assert [event.code for event in ends if isinstance(event, CellFailed)] == ["T-0002"]
    assert len(ends) == 4
