"""Model files: a network's settings and weights, readable without running code from the file."""

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
    """Pack a trained network.

    Args:
        model: a name of lstm_assets.models.MODELS.
        settings: that network's own hyperparameters.
        module: what `settings` built, trained.
    """
    import torch

    buffer = io.BytesIO()
    weights = {name: each.cpu() for name, each in module.state_dict().items()}  # loads anywhere
    torch.save({"model": model, "settings": settings, "weights": weights}, buffer)
    return buffer.getvalue()


def load_model(path: Path, network: Network | None = None) -> nn.Module:
    """Return the trained network of a model file, float32, on the CPU, ready to predict.

    Torch's own generator is left as it was.

    Args:
        path: of the file.
        network: what it has to hold; None takes what it holds.

    Raises:
        ModelFileError: it is missing, cannot be read, or holds another network.
    """
    import torch

    content = _read(path)
    try:
        stored, module = _unpacked(content)
    except Exception as error:  # bytes of another kind, or torn ones, make torch raise anything
        raise _refusal(path, f"holds no model ({type(error).__name__})") from error
    if network is not None and stored != network:
        raise _refusal(path, f"holds {stored!r}, expected {network!r}")
    if not all(torch.isfinite(each).all() for each in module.state_dict().values()):
        raise _refusal(path, "holds weights that are not finite")
    return module.eval()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise _refusal(path, "is missing") from error
    except OSError as error:
        raise _refusal(path, f"cannot be read: {error.strerror}") from error


def _unpacked(content: bytes) -> tuple[Network, nn.Module]:
    """Undo `to_bytes`."""
    import torch

    fields = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    network = MODELS[fields["model"]].model_validate(fields["settings"])
    with torch.random.fork_rng(devices=[]):
        module = network.build(COLUMNS)
    module.load_state_dict(fields["weights"])
    return network, module


def _refusal(path: Path, wrong: str) -> ModelFileError:
    return ModelFileError(
        f"model file {path} {wrong}. Restore it, or train its cell anew: materialize it in "
        "model_results with `retrain: true`."
    )
