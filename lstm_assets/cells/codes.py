"""Task codes: `<study code>-<number>` for cells, `<study code>-<stage>` for stages."""

import re
from dataclasses import dataclass

from lstm_assets.common.fields import INT_MAX
from lstm_assets.errors import StoreError

INDEX_BEFORE_CELLS = 4  # IDX_TASK of a cell is its number plus this, however many stages exist

CHARACTERS_CODE_TASK = 20  # the width of the column

_CELL = re.compile(r"[A-Z0-9]+-(\d{4,})", re.ASCII)
_STAGE = re.compile(r"[A-Z]{1,7}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of a study that is not a cell, and has its own row in TB_TASKSTATUS."""

    name: str  # 1 to 7 of A-Z; the part of its CODE_TASK after the study's code
    index: int  # IDX_TASK, which orders a study's rows; at most INDEX_BEFORE_CELLS

    def __post_init__(self) -> None:
        if not _STAGE.fullmatch(self.name) or self.index > INDEX_BEFORE_CELLS:
            raise ValueError(
                f"stage {self.name!r} with index {self.index}: expected 1 to 7 of A-Z, and an "
                f"index of at most {INDEX_BEFORE_CELLS}, because the cells have the next ones"
            )


def stage_code(study_code: str, stage: Stage) -> str:
    """Return the CODE_TASK of one of a study's stages."""
    return f"{study_code}-{stage.name}"


def cell_code(study_code: str, number: int) -> str:
    """Return the CODE_TASK of a study's cell, with at least 4 digits.

    Raises:
        StoreError: the study has as many cells as it can have codes.
    """
    if number > (most := most_cells(study_code)):
        raise StoreError(
            f"study {study_code} has {most:,} cells, which are as many as CODE_TASK and IDX_TASK "
            "can count. Go on in another study, with a shorter code."
        )
    return f"{study_code}-{number:04d}"


def most_cells(study_code: str) -> int:
    """Return how many cells a study can have: its codes and indices must fit their columns."""
    digits = CHARACTERS_CODE_TASK - len(study_code) - len("-")
    return int(min(10**digits - 1, INT_MAX - INDEX_BEFORE_CELLS))


def cell_number(code_task: str) -> int | None:
    """Return the number in the code of a cell; None for any other code."""
    match = _CELL.fullmatch(code_task)
    return int(match[1]) if match else None


def cell_index(code_task: str) -> int | None:
    """Return the IDX_TASK of a cell; None for any other code."""
    number = cell_number(code_task)
    return None if number is None else INDEX_BEFORE_CELLS + number


def by_number(code_task: str) -> tuple[int, str]:
    """Return the sort key of a cell's code; with it, -10000 comes after -9999."""
    return cell_number(code_task) or 0, code_task
