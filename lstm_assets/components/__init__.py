"""Dagster components: the types that a study's YAML can name."""

from lstm_assets.components.tuning_study import TuningStudy

__all__ = ["TuningStudy"]
