"""The basic types of the project: a cell, its values, code and result. No SQL and no torch."""
