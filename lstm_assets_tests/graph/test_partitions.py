"""Partitions follow the cells of a study."""

import dagster as dg

from lstm_assets.graph.partitions import add_partitions, drop_partitions, partitions_of
from lstm_assets_tests.records.by_hand import study


def test_partitions_without_a_cell_are_dropped_and_no_others() -> None:
    name = str(partitions_of(study()).name)
    with dg.DagsterInstance.ephemeral() as instance:
        add_partitions(instance, study(), ["T-0001", "T-0002"])
        known = instance.get_dynamic_partitions(name)
        add_partitions(instance, study(), ["T-0003"])  # of another grid, meanwhile

        dropped = drop_partitions(instance, study(), known, ["T-0001", "T-0003"])

        assert dropped == ["T-0002"]
        assert instance.get_dynamic_partitions(name) == ["T-0001", "T-0003"]
