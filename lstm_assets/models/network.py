"""The base class of all networks: typed settings that build a torch module.

Importing this module, or the file of a network, does not import torch: Dagster's processes read
and check studies, and they do not need torch.
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

    An error shows a field's `description` after "expected", and its first example.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: ClassVar[str]  # change it when the same settings would give other weights
    horizon_name: ClassVar[str]  # name of the hyperparameter that is the horizon
    typical: ClassVar[Mapping[str, Any]] = {}  # default values for users; see `defaults`

    @property
    def horizon(self) -> int:
        """The number of bars that are predicted at once."""
        bars: int = getattr(self, self.horizon_name)
        return bars

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """Return a value for each hyperparameter except the horizon, which depends on the data.

        The value is the one in `typical`, else the field's default, else its first example.
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
        """Return the multiply-adds of a forward pass over one window, (size_sequence, columns)."""

    @abstractmethod
    def build(self, columns: int) -> nn.Module:
        """Return a torch module that maps windows (B, L, columns) to forecasts (B, horizon).

        The weights are drawn from torch's global generator, so seed the generator first.
        """

    def stacked(self, columns: int) -> Stacked:
        """Return a function that forecasts with many of these networks at once.

        Its first argument is the weights of P networks, by the names of the parameters of `build`,
        each with a first axis of P. Its second argument is windows (P, B, L, columns). It returns
        forecasts (P, B, horizon), which are differentiable with respect to the weights. This
        implementation works for every network that has no buffers and that torch.vmap can batch.
        """
        import torch
        from torch.func import functional_call, vmap

        with torch.device("meta"):  # only the structure: the weights are arguments
            module = self.build(columns)

        def forecast(weights: Mapping[str, Tensor], x: Tensor) -> Tensor:
            batched = vmap(lambda own, windows: functional_call(module, own, (windows,)))
            forecasts: Tensor = batched(dict(weights), x)
            return forecasts

        return forecast

    def numbers_kept(self, size_sequence: int, columns: int) -> int:
        """Return an upper bound of how many numbers a training step keeps in memory per window.

        Each product gives at most one number, so this is a bound for every network. With a lower
        bound, more of the networks fit into one pack.
        """
        return self.products(size_sequence, columns)

    def learner(
        self, module: nn.Module, x: Tensor, y: Tensor, settings: LearnerSettings
    ) -> Learner:
        """Return the learner of a module of `build`. It uses torch's autograd by default.

        Args: see TorchLearner.
        """
        from lstm_assets.optim.learner import TorchLearner

        return TorchLearner(module, x, y, settings)
