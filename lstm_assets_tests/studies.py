"""Studies small enough to tune in a moment, and their prices: a helper of tests."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml

SPACE: dict[str, list[Any]] = {
    "epoch": [1, 2],
    "batch_size": [50],
    "learning_rate": [0.01],
    "ratio_train_set": [0.8],
    "size_sequence": [4],
    "size_unit_input": [2],
    "size_unit_hidden": [2, 3],
    "size_unit_output": [1],
}

HEADER = "date,open,high,low,close,volume"


def write_study(
    studies: Path,
    space: Mapping[str, list[Any]] | None = None,
    *,
    name: str = "tiny",
    **attributes: Any,
) -> Path:
    """A study's file below a folder of studies: 4 cells on 200 bars of its own `prices.csv`.

    Args:
        studies: the folder of the studies.
        space: lists of the search space that differ.
        name: of the study's folder.
        attributes: others that differ.
    """
    folder = studies / name
    folder.mkdir(parents=True, exist_ok=True)
    given = {
        "code": name.upper(),
        "ticker": "TEST",
        "source": {"kind": "csv", "path": "prices.csv"},
        "date_begin": "2020-01-01",
        "date_end": "2021-12-31",
        "search": {"method": "grid", "space": SPACE | dict(space or {})},
    }
    study = {"type": "lstm_assets.components.TuningStudy", "attributes": given | attributes}
    (folder / "prices.csv").write_text(prices(200))
    (folder / "defs.yaml").write_text(yaml.safe_dump(study, sort_keys=False))
    return folder / "defs.yaml"


def prices(bars: int) -> str:
    """The CSV of a random walk around 100, the same every time, highs 1 above lows."""
    walk = 100 + np.random.default_rng(7).normal(size=bars).cumsum()
    dates = np.datetime64("2020-01-01") + np.arange(bars)
    rows = [
        f"{date},{price:.4f},{price + 0.5:.4f},{price - 0.5:.4f},{price:.4f},1000"
        for date, price in zip(dates, walk, strict=True)
    ]
    return "\n".join([HEADER, *rows, ""])
