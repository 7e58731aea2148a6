import pkgutil
import subprocess
import sys

import lstm_assets.plots


def test_the_plots_are_imported_without_matplotlib_torch_or_dagster() -> None:
    names = [
        f"lstm_assets.plots.{each.name}"
        for each in pkgutil.iter_modules(lstm_assets.plots.__path__)
    ]
    unwanted = {"matplotlib", "torch", "dagster"}
    script = f"import sys, {', '.join(names)}; print({unwanted} & set(sys.modules))"

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert len(names) >= 4
    assert done.stdout == "set()\n"
