"""What a study's YAML may say, and reading it. What the tables say of a study is in records."""

from lstm_assets.study.study import Study, attribute_fields, study_from

__all__ = ["Study", "attribute_fields", "study_from"]
