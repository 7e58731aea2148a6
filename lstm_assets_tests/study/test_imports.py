import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["lstm_assets.study", "lstm_assets.definitions"])
def test_dagsters_side_imports_no_torch(module: str) -> None:
    script = f"import sys, {module}; print('torch' in sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout == "False\n"


def test_a_study_is_read_without_dagster() -> None:
    script = (
        "import sys; from lstm_assets.study.file import read_studies;"
        "from lstm_assets.settings import shipped_studies;"
        "print(list(read_studies(shipped_studies())), 'dagster' in sys.modules)"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout == "['USDKRW'] False\n"
