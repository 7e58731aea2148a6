"""The plots of the asset pages, as markdown that Dagster's UI shows: one file a plot.

Data in, text out: no Dagster here, and matplotlib is imported when something is drawn.
"""
