"""The units in which a network sees windows and their targets. Arrays in, arrays out.

Axes: n windows, L bars of each, H target bars.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from lstm_assets.data.windows import Floats, in_prices, in_window_units


class Scaling(ABC):
    """A way to scale, as fitted to the windows that are trained on."""

    @classmethod
    @abstractmethod
    def of(cls, x: Floats, y: Floats) -> Scaling:
        """Fit to windows (n, L) and targets (n, H)."""

    @abstractmethod
    def inputs(self, x: Floats) -> Floats:
        """Scale windows (n, L); raises ValueError for windows that cannot be."""

    @abstractmethod
    def targets(self, x: Floats, y: Floats) -> Floats:
        """Scale the targets (n, H) of windows (n, L)."""

    @abstractmethod
    def forecasts(self, x: Floats, scaled: Floats) -> Floats:
        """Undo `targets`."""


@dataclass(frozen=True, slots=True)
class WindowScaling(Scaling):
    """What the platform does: a window and its targets are divided by its first bar, minus 1.

    Zeros, as before a listing, are no unit: then it is the first bar over 0, and 1 if there is
    none.
    """

    @classmethod
    def of(cls, x: Floats, y: Floats) -> WindowScaling:
        """See Scaling; there is nothing to fit."""
        return cls()

    def inputs(self, x: Floats) -> Floats:
        """See Scaling; prices are not negative."""
        if x.min() < 0:
            raise ValueError(
                f"Negative values in data passed as X: one is {x.min():g}, expected prices. "
                "For series that are no prices, use scaling='standard'."
            )
        return in_window_units(x, _unit(x))

    def targets(self, x: Floats, y: Floats) -> Floats:
        """See Scaling."""
        return in_window_units(y, _unit(x))

    def forecasts(self, x: Floats, scaled: Floats) -> Floats:
        """See Scaling."""
        return in_prices(scaled, _unit(x))


def _unit(x: Floats) -> Floats:
    """Return each window's unit, shape (n, 1)."""
    first = (x > 0).argmax(axis=1)[:, None]
    unit = np.take_along_axis(x, first, axis=1)
    return np.where(unit > 0, unit, 1.0)


@dataclass(frozen=True, slots=True)
class StandardScaling(Scaling):
    """Minus the mean, by the standard deviation: one of each for all windows, one for all targets.

    Not one a column, as StandardScaler has: the columns of windows are one series, shifted.
    """

    x_mean: float
    x_scale: float
    y_mean: float
    y_scale: float

    @classmethod
    def of(cls, x: Floats, y: Floats) -> StandardScaling:
        """See Scaling; what never moves is divided by 1."""
        return cls(
            x_mean=float(x.mean()),
            x_scale=float(x.std()) or 1.0,
            y_mean=float(y.mean()),
            y_scale=float(y.std()) or 1.0,
        )

    def inputs(self, x: Floats) -> Floats:
        """See Scaling."""
        return (x - self.x_mean) / self.x_scale

    def targets(self, x: Floats, y: Floats) -> Floats:
        """See Scaling."""
        return (y - self.y_mean) / self.y_scale

    def forecasts(self, x: Floats, scaled: Floats) -> Floats:
        """See Scaling."""
        return scaled * self.y_scale + self.y_mean


SCALINGS: dict[str, type[Scaling]] = {"window": WindowScaling, "standard": StandardScaling}
