"""The weights of an earlier model that a cell's training starts from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class WarmStart:
    """An earlier result of a cell, whose weights its next training starts from."""

    path: Path  # of that result's model file
    data_version: str  # of that result, 64 hexadecimal digits
