"""The plots of the asset pages, as markdown that Dagster's UI shows: one file per plot.

Data in, text out: no Dagster here, and matplotlib is imported only when a plot is drawn.
"""
