"""Helpers that do not depend on the rest of the project: types of fields, files, text."""
