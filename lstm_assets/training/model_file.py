"""Model files: a network's settings and weights. Reading a file runs no code from the file."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lstm_assets.data.windows import COLUMNS
from lstm_assets.errors import ModelFileError
from lstm_assets.models import MODELS, Network

if TYPE_CHECKING:
    from torch import nn


def to_bytes(model: str, settings: dict[str, Any], module: nn.Module) -> bytes:
    """Return the content of a model file for a trained network.

    Args:
        model: a name in lstm_assets.models.MODELS.
        settings: the hyperparameters of the network.
        module: the trained module that `settings` built.
    """
    import torch

    buffer = io.BytesIO()
    # On the CPU, so that machines without a GPU can load them.
    weights = {name: tensor.cpu() for name, tensor in module.state_dict().items()}
    torch.save({"model": model, "settings": settings, "weights": weights}, buffer)
    return buffer.getvalue()


def load_model(path: Path, network: Network | None = None) -> nn.Module:
    """Return the trained network of a model file, float32, on the CPU, ready to predict.

    The state of torch's own generator does not change.

    Args:
        path: path of the file.
        network: the network that the file must contain; None: any network.

    Raises:
        ModelFileError: the file is missing, cannot be read, or contains another network or weights
            that are not finite.
    """
    import torch

    content = _read(path)
    try:
        stored, module = _unpacked(content)
    except Exception as error:  # torch may raise anything for damaged or foreign files
        raise _refusal(path, f"contains no model ({type(error).__name__})") from error
    if network is not None and stored != network:
        raise _refusal(path, f"contains {stored!r}, expected {network!r}")
    if not all(torch.isfinite(tensor).all() for tensor in module.state_dict().values()):
        raise _refusal(path, "contains weights that are not finite")
    return module.eval()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise _refusal(path, "is missing") from error
    except OSError as error:
        raise _refusal(path, f"cannot be read: {error.strerror}") from error


def _unpacked(content: bytes) -> tuple[Network, nn.Module]:
    """Return the network and module in a model file's content; the inverse of `to_bytes`."""
    import torch

    fields = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    network = MODELS[fields["model"]].model_validate(fields["settings"])
    with torch.random.fork_rng(devices=[]):
        module = network.build(COLUMNS)
    module.load_state_dict(fields["weights"])
    return network, module


def _refusal(path: Path, problem: str) -> ModelFileError:
    return ModelFileError(
        f"model file {path} {problem}. Restore it, or train its cell again: materialize it in "
        "model_results with `retrain: true`."
    )
