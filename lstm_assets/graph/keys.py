"""How a study's assets, jobs and IO managers are named in Dagster."""

import dagster as dg

from lstm_assets.study import Study

RAW_PRICES = "raw_prices"
ADJUSTED_PRICES = "adjusted_prices"
HYPERPARAMETER_GRID = "hyperparameter_grid"
MODEL_RESULTS = "model_results"
BEST_MODEL = "best_model"

TRAINING_POOL = "training"  # whose runs take turns: each uses every processor

# The jobs of a study, and what they materialize.
JOBS = {
    "ingest": [RAW_PRICES, ADJUSTED_PRICES],
    "refresh": [RAW_PRICES, ADJUSTED_PRICES, HYPERPARAMETER_GRID],
    "build_grid": [HYPERPARAMETER_GRID],
    "tune": [MODEL_RESULTS],
    "select": [BEST_MODEL],
}


def asset_key(study: Study, asset: str) -> dg.AssetKey:
    """Return the key of one of the study's assets: its folder's name, then the asset's."""
    return dg.AssetKey([study.name, asset])


def tables_key(study: Study, asset: str) -> str:
    """Return the resource key of the IO manager that persists an asset."""
    return f"{study.name}__{asset}__tables"


def job_name(study: Study, job: str) -> str:
    """Return the name in Dagster of one of the study's jobs."""
    return f"{study.name}__{job}"
