"""What every network of the registry is: typed settings that build a torch module.

Importing this module, or any network's file, imports no torch: studies are read and checked on
Dagster's side, where torch has no business.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from torch import Tensor, nn

    from lstm_assets.optim.learner import Learner
    from lstm_assets.optim.settings import LearnerSettings

Stacked: TypeAlias = "Callable[[Mapping[str, Tensor], Tensor], Tensor]"


class Network(BaseModel, ABC):
    """The settings of one network; each field is one of its hyperparameters.

    A field's `description` completes "expected ..." in an error; its first example is shown there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: ClassVar[str]  # raise it when the same settings would give other weights
    horizon_name: ClassVar[str]  # the hyperparameter that says how many bars it predicts at once
    typical: ClassVar[Mapping[str, Any]] = {}  # values for a user who gives none; see `defaults`

    @property
    def horizon(self) -> int:
        """Bars predicted at once."""
        bars: int = getattr(self, self.horizon_name)
        return bars

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """Return a value for each of its hyperparameters but the horizon, which the data decide.

        The value is the typical one, else the field's default, else its first example.
        """
        return {name: cls._default(name) for name in cls.model_fields if name != cls.horizon_name}

    @classmethod
    def _default(cls, name: str) -> Any:
        field = cls.model_fields[name]
        if name in cls.typical:
            return cls.typical[name]
        if not field.is_required():
            return field.get_default(call_default_factory=True)
        return (field.examples or [[None]])[0][0]

    @abstractmethod
    def products(self, size_sequence: int, columns: int) -> int:
        """Count the multiply-adds of a forward pass over one window, (size_sequence, columns)."""

    @abstractmethod
    def build(self, columns: int) -> nn.Module:
        """Make a torch module that maps windows (B, L, columns) to forecasts (B, horizon).

        Weights are drawn from torch's global generator: seed it first.
        """

    def stacked(self, columns: int) -> Stacked:
        """Return a function that forecasts with many of these networks side by side.

        Its arguments are the networks' weights, by the names of `build`'s parameters and each with
        a first axis of P networks, and windows (P, B, L, columns). It returns forecasts
        (P, B, horizon) that are differentiable by the weights. This one serves every network
        without buffers whose parts torch.vmap can batch.
        """
        import torch
        from torch.func import functional_call, vmap

        with torch.device("meta"):  # only its structure: the weights are given
            module = self.build(columns)

        def forecast(weights: Mapping[str, Tensor], x: Tensor) -> Tensor:
            one = vmap(lambda own, windows: functional_call(module, own, (windows,)))
            forecasts: Tensor = one(dict(weights), x)
            return forecasts

        return forecast

    def kept(self, size_sequence: int, columns: int) -> int:
        """Count, from above, the numbers that a training step keeps of one window.

        No product gives more than one, so this is a bound for every network; a network that knows
        better can be packed more densely.
        """
        return self.products(size_sequence, columns)

    def learner(
        self, module: nn.Module, x: Tensor, y: Tensor, settings: LearnerSettings
    ) -> Learner:
        """Make what trains a module of `build`: torch's autograd, where a network has no better.

        Args: see TorchLearner.
        """
        from lstm_assets.optim.learner import TorchLearner

        return TorchLearner(module, x, y, settings)
