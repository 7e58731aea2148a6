"""Forecaster: a network with scikit-learn's fit, predict and score."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike
from pydantic import BaseModel, ValidationError
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import check_consistent_length, check_is_fitted, validate_data

from lstm_assets.cells.values import Values
from lstm_assets.data.windows import Floats
from lstm_assets.models import MODELS, Network
from lstm_assets.optim.settings import LearnerSettings
from lstm_assets.sklearn.learning import forecast, learn
from lstm_assets.sklearn.parameters import defaults_of, refuse_unknown, with_keywords
from lstm_assets.sklearn.scaling import SCALINGS

SEEDS = 2**63  # number of seeds that a cell can have
DEFAULTS = defaults_of(MODELS)  # defaults of the networks' hyperparameters
Settings = TypeVar("Settings", bound=BaseModel)
Named = TypeVar("Named")
# scikit-learn's checks of X and y
ARRAYS = ({"dtype": np.float64}, {"dtype": np.float64, "ensure_2d": False})


class Forecaster(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Forecasts the next prices of a series from windows of its past.

    X contains windows, shape (n, L), oldest bar first. y contains the price that follows each
    window, shape (n,), or the next `horizon` prices, shape (n, horizon). `windows` makes both from
    a series. The shapes of X and y set the network's look-back and horizon.

    A fit trains like a cell. With the hyperparameters, the seed and the training windows of a cell,
    the weights are the same on the CPU, bit by bit. Only one fit runs at a time in a process. To
    run several at once, use n_jobs with joblib's processes, not its threads.

    `score` is R^2, as for any regressor. For prices it is near 1 even for the naive forecast, the
    last seen price X[:, -1]: compare with that, with scoring="neg_mean_squared_error".

    Args:
        model: a name in lstm_assets.models.MODELS.
        epoch: number of passes over the windows.
        batch_size: windows per step.
        learning_rate: Adam's learning rate.
        scaling: "window" divides a window and its targets by the window's first bar, minus 1, as
            for cells. It is for prices, so X must not be negative; zeros before a first price are
            skipped. "standard" subtracts the mean and divides by the standard deviation, both over
            all training windows. It is for series that are not prices, such as returns.
        random_state: a seed, 0 to 2**63 - 1, gives the same fit every time; a RandomState or
            None (numpy's own) draws another seed for each fit.
        **hyperparameters: the hyperparameters of the networks in lstm_assets.models. All are
            parameters with defaults, which `get_params` shows. Those that the network `model` does
            not have are not used.

    Raises:
        TypeError: no network has a hyperparameter of this name.

    Attributes:
        n_features_in_: L, the look-back.
        feature_names_in_: names of the columns of X, if there were any.
        n_outputs_: the horizon.
        loss_curve_: training loss of each epoch, in scaled units squared.
        weights_: weights of the network after the last epoch, by name, float32.
        network_: settings of the network.
        scaling_: the fitted scaling.

    Example:
        >>> import numpy as np
        >>> from lstm_assets.sklearn import Forecaster, windows
        >>> X, y = windows(100 + np.sin(np.arange(200)), look_back=10)
        >>> forecaster = Forecaster(batch_size=10, learning_rate=0.01, random_state=0).fit(X, y)
        >>> forecaster.score(X, y) > 0.9
        True
    """

    @with_keywords(DEFAULTS)
    def __init__(
        self,
        *,
        model: str = "lstm",
        epoch: int = 30,
        batch_size: int = 20,
        learning_rate: float = 0.005,
        scaling: str = "window",
        random_state: int | RandomState | None = None,
        **hyperparameters: Any,
    ) -> None:
        self.model = model
        self.epoch = epoch
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.scaling = scaling
        self.random_state = random_state
        refuse_unknown(Forecaster.__init__, hyperparameters)
        for name, default in DEFAULTS.items():
            setattr(self, name, hyperparameters.get(name, default))

    def fit(self, X: ArrayLike, y: ArrayLike) -> Forecaster:
        """Train on windows X (n, L) and the prices y that follow them, (n,) or (n, horizon).

        Raises:
            ValueError: a parameter or a value of X or y is not allowed, or the training diverged.
        """
        windows, prices = validate_data(self, X, y, validate_separately=ARRAYS)
        check_consistent_length(windows, prices)
        targets = prices.reshape(len(prices), -1)  # (n, horizon)
        learner, network = self._learner_settings(), self._network(horizon=targets.shape[1])
        scaling = _class_named(SCALINGS, "scaling", self.scaling).of(windows, targets)
        self.weights_, self.loss_curve_ = learn(
            network,
            learner,
            _seed(self.random_state),
            scaling.inputs(windows)[..., None],  # (n, L, C): a series is one column
            scaling.targets(windows, targets),
        )
        self.network_, self.scaling_ = network, scaling
        self.n_outputs_, self._flat = network.horizon, prices.ndim == 1
        return self

    def predict(self, X: ArrayLike) -> Floats:
        """Return forecasts of the prices that follow windows X (n, L).

        They have the shape and unit of the y of `fit`.

        Raises:
            NotFittedError: `fit` was not called.
            ValueError: X has not the L of `fit`, or a value in X is not allowed.
        """
        check_is_fitted(self)
        windows = validate_data(self, X, reset=False, dtype=np.float64)
        scaled = forecast(self.network_, self.weights_, self.scaling_.inputs(windows)[..., None])
        prices: Floats = self.scaling_.forecasts(windows, scaled)
        return prices[:, 0] if self._flat else prices

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        for_prices = self.scaling == "window"
        tags.input_tags.positive_only = for_prices
        tags.regressor_tags.poor_score = for_prices  # on the noise in estimator checks
        return tags

    def _learner_settings(self) -> LearnerSettings:
        return _checked(LearnerSettings, self._parameters_of(LearnerSettings))

    def _network(self, horizon: int) -> Network:
        network = _class_named(MODELS, "model", self.model)
        return _checked(network, {**self._parameters_of(network), network.horizon_name: horizon})

    def _parameters_of(self, settings: type[BaseModel]) -> Values:
        """Return the parameters that are fields of these settings, as Python numbers."""
        values = {name: getattr(self, name, None) for name in settings.model_fields}
        return {k: v.item() if isinstance(v, np.generic) else v for k, v in values.items()}


def _checked(kind: type[Settings], values: Values) -> Settings:
    """Return settings with these values; raises ValueError that lists all mistakes."""
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        mistakes = [
            f"{line['loc'][0]} is {line['input']!r}, expected "
            f"{kind.model_fields[str(line['loc'][0])].description}."
            for line in error.errors()
        ]
        raise ValueError(" ".join(mistakes)) from None


def _class_named(registry: Mapping[str, type[Named]], parameter: str, name: object) -> type[Named]:
    """Return a class by its name in a registry; raises ValueError for an unknown name."""
    if not isinstance(name, str) or name not in registry:
        raise ValueError(f"{parameter} is {name!r}, expected one of {', '.join(registry)}.")
    return registry[name]


def _seed(random_state: object) -> int:
    """Return the seed of a fit; scikit-learn checks anything that is not a whole number."""
    if not isinstance(random_state, numbers.Integral):
        return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))
    seed = int(random_state)
    if not 0 <= seed < SEEDS:
        raise ValueError(
            f"random_state is {seed}, expected a whole number from 0 to {SEEDS - 1}, a "
            "RandomState or None."
        )
    return seed
