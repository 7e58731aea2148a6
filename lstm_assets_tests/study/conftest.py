from pathlib import Path

import pytest

STUDY = """\
type: lstm_assets.components.TuningStudy
attributes:
  code: EURUSD
  ticker: EUR/USD
  source: {kind: ecb}
  date_begin: 2020-01-01
  date_end: 2021-12-31
  evaluation_share: 0.1
  model: lstm
  search:
    method: grid
    space:
      epoch: [2, 3]
      batch_size: [10]
      learning_rate: [0.001, 0.005]
      ratio_train_set: [0.8, 0.9]
      size_sequence: [5]
      size_unit_input: [2]
      size_unit_hidden: [2]
      size_unit_output: [1]
"""


class Studies:
    """A folder of studies, the working directory of the test that asks for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, old: str = "", new: str = "", name: str = "eurusd", text: str = STUDY) -> Path:
        """A study's file in a folder of its own, with `old` replaced once by `new`."""
        assert text.count(old) == 1 or not old
        return self.write_bytes((text.replace(old, new) if old else text).encode(), name)

    def write_bytes(self, content: bytes, name: str = "eurusd") -> Path:
        (self.folder / name).mkdir(parents=True, exist_ok=True)
        file = self.folder / name / "defs.yaml"
        file.write_bytes(content)
        return file


@pytest.fixture
def studies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studies:
    monkeypatch.chdir(tmp_path)
    return Studies(tmp_path)
