"""Ways to train the same cells, one file each.

Those that are a script run in a process of their own: `python -m <this package>.<name> FOLDER`
does the job that lies in FOLDER.
"""

from lstm_assets_tests.benchmarks.contenders.base import Contender, Script
from lstm_assets_tests.benchmarks.contenders.platform import Platform

OURS = "engine"

CONTENDERS: dict[str, Contender] = {
    contender.name: contender
    for contender in (
        Script(
            OURS, "lstm_assets.training: plan and pool, one worker a processor", ("numba", "torch")
        ),
        Platform("platform", "the whole `lstm-assets tune`: Dagster, SQLite", ("dagster",)),
        Script(
            "keras",
            "Keras on TensorFlow: Sequential, compile, fit, one cell after another",
            ("keras", "tensorflow-cpu"),
        ),
        Script(
            "optuna",
            "Optuna's GridSampler, PyTorch's nn.LSTM and Adam on torch's own thread count",
            ("optuna", "torch"),
        ),
        Script(
            "ray",
            "Ray Tune's grid_search, the same PyTorch, one single-threaded trial a processor",
            ("ray", "torch"),
        ),
    )
}

__all__ = ["CONTENDERS", "OURS", "Contender"]
