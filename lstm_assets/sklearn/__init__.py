"""The project's networks as a scikit-learn estimator.

Importing this package imports scikit-learn, but neither Dagster nor torch.
"""

from lstm_assets.sklearn.forecaster import Forecaster
from lstm_assets.sklearn.slicing import windows

__all__ = ["Forecaster", "windows"]
