"""Scale windows and their targets to the units that a network uses. Arrays in, arrays out.

Axes: n windows, L bars of each, H target bars.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from lstm_assets.data.windows import Floats, in_prices, in_window_units


class Scaling(ABC):
    """A way to scale, fitted to the training windows."""

    @classmethod
    @abstractmethod
    def of(cls, x: Floats, y: Floats) -> Scaling:
        """Return the scaling fitted to windows (n, L) and targets (n, H)."""

    @abstractmethod
    def inputs(self, x: Floats) -> Floats:
        """Return windows (n, L) scaled; raises ValueError if they cannot be scaled."""

    @abstractmethod
    def targets(self, x: Floats, y: Floats) -> Floats:
        """Return the targets (n, H) of windows (n, L) scaled."""

    @abstractmethod
    def forecasts(self, x: Floats, scaled: Floats) -> Floats:
        """Return scaled forecasts (n, H) of windows (n, L) in prices; the inverse of `targets`."""


@dataclass(frozen=True, slots=True)
class WindowScaling(Scaling):
    """Divides a window and its targets by the window's first bar, minus 1, as for cells.

    If the first bars are 0, as before a listing, the unit is the first bar over 0, or 1 if there is
    none.
    """

    @classmethod
    def of(cls, x: Floats, y: Floats) -> WindowScaling:
        """Return the scaling; there is nothing to fit."""
        return cls()

    def inputs(self, x: Floats) -> Floats:
        """Return windows scaled; raises ValueError for negative values, which cannot be prices."""
        if x.min() < 0:
            raise ValueError(
                f"Negative values in data passed as X: one is {x.min():g}, expected prices. "
                "For series that are not prices, use scaling='standard'."
            )
        return in_window_units(x, _unit(x))

    def targets(self, x: Floats, y: Floats) -> Floats:
        """Return targets in window units."""
        return in_window_units(y, _unit(x))

    def forecasts(self, x: Floats, scaled: Floats) -> Floats:
        """Return forecasts in prices."""
        return in_prices(scaled, _unit(x))


def _unit(x: Floats) -> Floats:
    """Return the unit of each window, shape (n, 1)."""
    first = (x > 0).argmax(axis=1)[:, None]
    unit = np.take_along_axis(x, first, axis=1)
    return np.where(unit > 0, unit, 1.0)


@dataclass(frozen=True, slots=True)
class StandardScaling(Scaling):
    """Subtracts the mean and divides by the standard deviation.

    All windows share one mean and one standard deviation, and all targets share another pair. There
    is not one per column, as in StandardScaler, because the columns are one series, shifted.
    """

    x_mean: float
    x_scale: float
    y_mean: float
    y_scale: float

    @classmethod
    def of(cls, x: Floats, y: Floats) -> StandardScaling:
        """Return the fitted scaling; values that are all equal are divided by 1."""
        return cls(
            x_mean=float(x.mean()),
            x_scale=float(x.std()) or 1.0,
            y_mean=float(y.mean()),
            y_scale=float(y.std()) or 1.0,
        )

    def inputs(self, x: Floats) -> Floats:
        """Return windows scaled."""
        return (x - self.x_mean) / self.x_scale

    def targets(self, x: Floats, y: Floats) -> Floats:
        """Return targets scaled."""
        return (y - self.y_mean) / self.y_scale

    def forecasts(self, x: Floats, scaled: Floats) -> Floats:
        """Return forecasts in the unit of the targets."""
        return scaled * self.y_scale + self.y_mean


SCALINGS: dict[str, type[Scaling]] = {"window": WindowScaling, "standard": StandardScaling}
