import subprocess
import sys


def test_the_estimator_is_imported_without_dagster_or_torch() -> None:
    script = "import sys, lstm_assets.sklearn; print({'dagster', 'torch'} & set(sys.modules))"

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout == "set()\n"
