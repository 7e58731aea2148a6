"""Model files: a network's settings and weights, readable without running code from the file."""

from __future__ import annotations

import io
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lstm_assets.errors import HomeError
from lstm_assets.models import MODELS

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


def load_model(path: Path) -> nn.Module:
    """Return the trained network of a model file, float32, on the CPU, ready to predict."""
    import torch

    content = torch.load(path, map_location="cpu", weights_only=True)
    module = MODELS[content["model"]].model_validate(content["settings"]).build()
    module.load_state_dict(content["weights"])
    return module.eval()


def write_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: readers and a crash never see half of it.

    Raises:
        HomeError: the disk is full, or the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        try:
            with part.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise HomeError(
            f"{path} cannot be written: {error.strerror}. Free some space, or set LSTM_ASSETS_HOME "
            "to a folder that can be written."
        ) from error
