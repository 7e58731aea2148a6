"""Helpers that know nothing of the project: types of fields, files, text."""
