"""Simple forecasts that are judged like a cell. A file each; no network, and no search, is here."""

from lstm_assets.forecasting.baselines.autoregression import fit_ar1, fit_ar2
from lstm_assets.forecasting.baselines.base import Fit, Fitted, TrainingPart, fitted, forecast_bars
from lstm_assets.forecasting.baselines.ets import fit_ets
from lstm_assets.forecasting.baselines.nlinear import fit_nlinear
from lstm_assets.forecasting.baselines.steady import fit_drift, fit_last_price
from lstm_assets.forecasting.baselines.theta import fit_theta

BASELINES: dict[str, Fit] = {
    "last price": fit_last_price,
    "drift": fit_drift,
    "AR(1)": fit_ar1,
    "AR(2)": fit_ar2,
    "ETS": fit_ets,
    "theta": fit_theta,
    "NLinear": fit_nlinear,
}
BASELINES_VERSION = "baselines-1"  # change it when one of them would forecast other prices

__all__ = [
    "BASELINES",
    "BASELINES_VERSION",
    "Fit",
    "Fitted",
    "TrainingPart",
    "fitted",
    "forecast_bars",
]
