"""All of Dagster: keys, jobs, partitions, the instance, and the registry of assets."""
