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
    "baseline",
    "relative_mse",
)
# Those of some studies only.
SPREADS = ("folds_mean", "folds_sd", "seeds", "seeds_mean", "seeds_sd")

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
    idx_repeat: int | None = None  # of another seed, from 1; None: the cell's own seed
    idx_fold: int | None = None  # of an earlier fold, 1 the oldest; None: all bars
    relative_mse: float | None = None  # MSE of errors divided by the last seen price, unitless
    folds_mean: float | None = None  # over the folds, of what the study ranks by
    folds_sd: float | None = None


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
    seeds: int | None = None  # that the winner's cell was trained with, its own included
    seed_sd: float | None = None  # standard deviation of its MSE over them, price units squared
    p_dm: float | None = None  # of the Diebold-Mariano test of the tested forecast
    p_search: float | None = None  # of the best of all tries on the validation bars
    mcs_size: int | None = None  # forecasts that the validation bars do not show to be worse
    p_accuracy: float | None = None  # how likely the best of as many coins would be as accurate
    gain_best_bars: float | None = None  # share of the gain from the three bars with the largest
    baseline: str | None = None  # the best simple forecast on the validation bars
    mse_baseline: float | None = None  # its MSE on the validation bars, price units squared
    mse_baseline_holdout: float | None = None
    p_baseline: float | None = None  # of the test of the tested forecast against it
    baseline_verdict: str | None = None  # one sentence about it

    @property
    def is_shown(self) -> bool:
        """Whether the holdout shows that it beats the naive forecast."""
        return self.verdict.startswith("Beats ")


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a simple forecast scores on the bars that score a study's cells."""

    code_study: str
    name: str  # as people read it, such as AR(1)
    loss: float  # mean squared error on the test windows, in window units
    accuracy: float | None  # 0 to 1; None if no bar moved
    mse: float  # on the evaluation bars, in price units squared
    relative_mse: float  # of errors divided by the last seen price, unitless
    folds_mean: float | None  # over the folds, of what the study ranks by; None without folds
    mse_holdout: float | None  # on the holdout, in price units squared; None without one
    data_version: str  # digest of all that these depend on


@dataclass(frozen=True, slots=True)
class Version:
    """The prices and dates of one version of one cell's model, without its scores."""

    data_version: str | None
    date_e_train: str  # YYYYMMDD; empty if it is not known
