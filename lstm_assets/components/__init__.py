"""Dagster components: what a study's YAML can name as its type."""

from lstm_assets.components.tuning_study import TuningStudy

__all__ = ["TuningStudy"]
