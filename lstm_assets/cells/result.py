"""What a trained cell scored, and a study's winner."""

from __future__ import annotations

from dataclasses import dataclass

# The columns of a leaderboard that are not hyperparameters.
SCORES = (
    "rank",
    "code_task",
    "version_model",
    "current",
    "stopped_early",
    "in_space",
    "mse",
    "mse_naive",
    "loss",
    "accuracy",
)


NO_VERDICT = "no holdout: nothing is claimed"


@dataclass(frozen=True, slots=True)
class Result:
    """One version of one cell's model and its scores."""

    code_task: str
    ticker: str
    version_model: int
    date_b_train: str  # YYYYMMDD, as the next three
    date_e_train: str
    date_b_test: str
    date_e_test: str
    loss: float | None  # mean squared error on the test windows, in window units
    accuracy: float | None  # 0 to 1; None or NaN if no bar moved
    mse: float | None  # on the evaluation bars, in price units squared
    seed: int | None = None  # this and the rest are None where the history has no row
    data_version: str | None = None
    seconds_train: float | None = None
    path_model: str | None = None


@dataclass(frozen=True, slots=True)
class Best:
    """A study's winner beside the naive forecast."""

    code_study: str
    ticker: str
    code_task: str
    version_model: int
    mse: float
    mse_naive: float
    path_model: str | None
    note: str = ""
    verdict: str = NO_VERDICT  # one sentence about bars that no search saw
    tries: int | None = None  # cells that were trained before it was chosen
    holdout_begin: str | None = None  # YYYYMMDD; this and the rest are None without a holdout
    holdout_end: str | None = None
    holdout_bars: int | None = None
    holdout_opened: int | None = None  # how often, each time for another forecast
    mse_holdout: float | None = None  # of the winner's own forecast, price units squared
    mse_naive_holdout: float | None = None
    mse_drift_holdout: float | None = None
    mse_close_holdout: float | None = None  # of the last close, if the study forecasts mid prices
    gain: float | None = None  # of the tested forecast against the naive one
    p_value: float | None = None  # the largest, over the simple forecasts
    tested: str | None = None  # names the tested forecast

    @property
    def is_shown(self) -> bool:
        """Whether the holdout shows that it beats the naive forecast."""
        return self.verdict.startswith("Beats ")


@dataclass(frozen=True, slots=True)
class Version:
    """The prices and dates of one version of one cell's model, without its scores."""

    data_version: str | None
    date_e_train: str  # YYYYMMDD; empty if it is not known
