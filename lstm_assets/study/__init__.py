"""The keys of a study's YAML, and reading it. The folder records reads a study's tables."""

from lstm_assets.study.study import Study, attribute_fields, study_from

__all__ = ["Study", "attribute_fields", "study_from"]
