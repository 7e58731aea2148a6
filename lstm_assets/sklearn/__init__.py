"""The networks as a scikit-learn estimator.

Importing this package imports scikit-learn, but not Dagster and not torch.
"""

from lstm_assets.sklearn.forecaster import Forecaster
from lstm_assets.sklearn.slicing import windows

__all__ = ["Forecaster", "windows"]
