"""What every network of the registry is: typed settings that build a torch module.

Importing this module, or any network's file, imports no torch: studies are read and checked on
Dagster's side, where torch has no business.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from torch import nn


class Network(BaseModel, ABC):
    """The settings of one network; each field is one of its hyperparameters.

    A field's `description` completes "expected ..." in an error; its first example is shown there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: ClassVar[str]  # raise it when the same settings would give other weights

    @property
    @abstractmethod
    def horizon(self) -> int:
        """Bars predicted at once."""

    @abstractmethod
    def products(self, size_sequence: int) -> int:
        """Count the multiply-adds of one window's forward pass."""

    @abstractmethod
    def build(self) -> nn.Module:
        """Make a torch module that maps windows (B, L, 1) to forecasts (B, horizon).

        Weights are drawn from torch's global generator: seed it first.
        """
