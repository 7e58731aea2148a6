"""The partitions of a study: one key per CODE_TASK."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import dagster as dg
from sqlalchemy.exc import IntegrityError

from lstm_assets.study import Study

PARTITIONS_PER_CALL = 500  # Dagster puts all keys of a call into one SQL statement


def partitions_of(study: Study) -> dg.DynamicPartitionsDefinition:
    """Return the study's set of partitions, one key per CODE_TASK."""
    return dg.DynamicPartitionsDefinition(name=f"CODE_TASK_{study.code}")


def add_partitions(instance: dg.DagsterInstance, study: Study, codes: list[str]) -> None:
    """Add a partition for each code that has none yet, in the given order.

    Dagster reads which keys exist and then inserts the others. If two grids do this at the same
    time, the later insert fails as a whole. Then it is enough to start over.
    """
    name = str(partitions_of(study).name)
    known = set(instance.get_dynamic_partitions(name))
    missing = [code for code in codes if code not in known]
    for start in range(0, len(missing), PARTITIONS_PER_CALL):
        chunk = missing[start : start + PARTITIONS_PER_CALL]
        try:
            instance.add_dynamic_partitions(name, chunk)
        except IntegrityError:
            add_partitions(instance, study, codes)
            return


def drop_partitions(
    instance: dg.DagsterInstance, study: Study, known: Sequence[str], codes: Iterable[str]
) -> list[str]:
    """Delete partitions that have no cell, and return their keys.

    Args:
        instance: that has the partitions.
        study: of the cells.
        known: the partitions, read before the cells: a cell is stored before its partition is
            added, so a grid that runs at the same time loses none.
        codes: the CODE_TASKs of all cells of the study.
    """
    cells = set(codes)
    dropped = [key for key in known if key not in cells]
    for key in dropped:
        instance.delete_dynamic_partition(str(partitions_of(study).name), key)
    return dropped
