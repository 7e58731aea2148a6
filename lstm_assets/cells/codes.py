"""Task codes: `<study code>-<number>` for cells, `<study code>-<stage>` for stages."""

import re
from typing import Literal, TypeAlias

Stage: TypeAlias = Literal["RAW", "ADJ", "GRID", "BEST"]

STAGES: tuple[Stage, ...] = ("RAW", "ADJ", "GRID", "BEST")

_CODE = re.compile(r"[A-Z0-9]+-(?:(\d{4,})|(RAW|ADJ|GRID|BEST))", re.ASCII)


def stage_code(study_code: str, stage: Stage) -> str:
    """CODE_TASK of one of a study's stages."""
    return f"{study_code}-{stage}"


def cell_code(study_code: str, number: int) -> str:
    """CODE_TASK of a study's cell, with at least 4 digits."""
    return f"{study_code}-{number:04d}"


def cell_number(code_task: str) -> int | None:
    """The number in a cell's code; None for a code that is no cell's."""
    match = _CODE.fullmatch(code_task)
    return int(match[1]) if match and match[1] else None


def task_index(code_task: str) -> int | None:
    """IDX_TASK of a code: the stages 1 to 4, then the cells; None for other codes."""
    match = _CODE.fullmatch(code_task)
    if not match:
        return None
    return STAGES.index(match[2]) + 1 if match[2] else len(STAGES) + int(match[1])


def by_number(code_task: str) -> tuple[int, str]:
    """Sort key of cells: -10000 comes after -9999."""
    return cell_number(code_task) or 0, code_task
