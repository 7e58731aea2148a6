"""The names in Dagster of a study's assets, jobs and IO managers."""

import dagster as dg

from lstm_assets.study import Study

# Names of assets that other modules refer to. Each asset is defined in its own file.
RAW_PRICES = "raw_prices"
ADJUSTED_PRICES = "adjusted_prices"
HYPERPARAMETER_GRID = "hyperparameter_grid"
MODEL_RESULTS = "model_results"
BEST_MODEL = "best_model"

TRAINING_POOL = "training"  # its runs take turns, because each uses all CPUs


def asset_key(study: Study, asset: str) -> dg.AssetKey:
    """Return the key of one of the study's assets: the study's folder, then the asset's name."""
    return dg.AssetKey([study.name, asset])


def op_name(study: Study, asset: str) -> str:
    """Return the name of the op that makes one of the study's assets; run config uses it."""
    return f"{study.name}__{asset}"


def asset_of_op(study: Study, op: str) -> str:
    """Return the name of the asset that an op makes."""
    return op.removeprefix(f"{study.name}__")


def tables_key(study: Study, asset: str) -> str:
    """Return the resource key of the IO manager that stores an asset."""
    return f"{study.name}__{asset}__tables"


def job_name(study: Study, job: str) -> str:
    """Return the name in Dagster of one of the study's jobs."""
    return f"{study.name}__{job}"
