"""How a study's assets, jobs and IO managers are named in Dagster."""

import dagster as dg

from lstm_assets.study import Study

# Assets that others speak of; what each of them is stands in its own file.
RAW_PRICES = "raw_prices"
ADJUSTED_PRICES = "adjusted_prices"
HYPERPARAMETER_GRID = "hyperparameter_grid"
MODEL_RESULTS = "model_results"
BEST_MODEL = "best_model"

TRAINING_POOL = "training"  # whose runs take turns: each uses every processor


def asset_key(study: Study, asset: str) -> dg.AssetKey:
    """Return the key of one of the study's assets: its folder's name, then the asset's."""
    return dg.AssetKey([study.name, asset])


def op_name(study: Study, asset: str) -> str:
    """Return the name of the op that makes one of the study's assets, as run config has it."""
    return f"{study.name}__{asset}"


def asset_of_op(study: Study, op: str) -> str:
    """Return the name of the asset that an op makes."""
    return op.removeprefix(f"{study.name}__")


def tables_key(study: Study, asset: str) -> str:
    """Return the resource key of the IO manager that persists an asset."""
    return f"{study.name}__{asset}__tables"


def job_name(study: Study, job: str) -> str:
    """Return the name in Dagster of one of the study's jobs."""
    return f"{study.name}__{job}"
