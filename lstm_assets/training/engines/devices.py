"""Which device trains. Importing this module imports no torch; asking for a GPU does."""

from __future__ import annotations

from dataclasses import dataclass

from lstm_assets.common.fields import DeviceChoice
from lstm_assets.errors import DeviceError


@dataclass(frozen=True, slots=True)
class Device:
    """A device that was found."""

    name: str  # torch's: cpu or cuda
    bytes_free: int = 0  # of a GPU's memory


def find_device(asked: DeviceChoice) -> Device:
    """Return the device to train on, in this process.

    Raises:
        DeviceError: cuda was asked for, or found by auto, and cannot be used.
    """
    if asked == DeviceChoice.cpu:
        return Device("cpu")
    import torch

    if not torch.cuda.is_available():
        if asked == DeviceChoice.auto:
            return Device("cpu")
        raise _no_gpu("this torch is built without CUDA" if not _built() else "torch finds no GPU")
    try:
        torch.zeros(1, device="cuda")
        return Device("cuda", torch.cuda.mem_get_info()[0])
    except RuntimeError as error:
        raise _no_gpu(str(error).splitlines()[0]) from error


def _built() -> bool:
    import torch

    return torch.version.cuda is not None


def _no_gpu(why: str) -> DeviceError:
    return DeviceError(
        f"device cuda cannot be used: {why}. Set LSTM_ASSETS_DEVICE, or `device` in the run "
        "config, to cpu or auto."
    )
