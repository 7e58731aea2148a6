"""The partitions of a study: one key a CODE_TASK."""

from __future__ import annotations

import dagster as dg
from sqlalchemy.exc import IntegrityError

from lstm_assets.study import Study

PARTITIONS_PER_CALL = 500  # Dagster binds them all in one statement


def partitions_of(study: Study) -> dg.DynamicPartitionsDefinition:
    """Return the study's set of partitions, one key a CODE_TASK."""
    return dg.DynamicPartitionsDefinition(name=f"CODE_TASK_{study.code}")


def add_partitions(instance: dg.DagsterInstance, study: Study, codes: list[str]) -> None:
    """Make partitions of the codes that are none yet, in their order.

    Dagster looks which keys exist and then inserts the rest; when two grids meet between the two,
    the later one's insert is refused whole, and looking again is all it takes.
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
