"""Which device trains. Importing this module does not import torch; looking for a GPU does."""

from __future__ import annotations

from dataclasses import dataclass

from lstm_assets.common.fields import DeviceChoice
from lstm_assets.errors import DeviceError


@dataclass(frozen=True, slots=True)
class Device:
    """A device that can train."""

    name: str  # torch's name: cpu or cuda
    bytes_free: int = 0  # free memory of a GPU


def find_device(requested: DeviceChoice) -> Device:
    """Return the device on which this process trains.

    Raises:
        DeviceError: cuda cannot be used, although it was requested or `auto` found it.
    """
    if requested == DeviceChoice.cpu:
        return Device("cpu")
    import torch

    if not torch.cuda.is_available():
        if requested == DeviceChoice.auto:
            return Device("cpu")
        reason = "torch finds no GPU" if _has_cuda() else "this torch is built without CUDA"
        raise _no_gpu(reason)
    try:
        torch.zeros(1, device="cuda")
        return Device("cuda", torch.cuda.mem_get_info()[0])
    except RuntimeError as error:
        raise _no_gpu(str(error).splitlines()[0]) from error


def _has_cuda() -> bool:
    """Return whether torch is built with CUDA."""
    import torch

    return torch.version.cuda is not None


def _no_gpu(reason: str) -> DeviceError:
    """Return the error that says why no GPU can be used."""
    return DeviceError(
        f"device cuda cannot be used: {reason}. Set LSTM_ASSETS_DEVICE, or `device` in the run "
        "config, to cpu or auto."
    )
