"""The project's own words: a cell, its values, its code, its result. No SQL and no torch."""
