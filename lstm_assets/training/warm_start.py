"""Warm starts: training that starts from the weights of an earlier model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class WarmStart:
    """An earlier result of a cell; its next training starts from the weights of that result."""

    path: Path  # of the model file of that result
    data_version: str  # of that result, 64 hexadecimal digits
