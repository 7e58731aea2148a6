import subprocess
import sys

import pytest
from pydantic import ValidationError

from lstm_assets.optim.settings import LearnerSettings

RIGHT = {"epoch": 2, "batch_size": 16, "learning_rate": 0.01}


@pytest.mark.parametrize(
    "wrong",
    [{"epoch": 0}, {"batch_size": 1.5}, {"learning_rate": 0}, {"epoch": True}, {"depth": 1}],
)
def test_a_value_that_nothing_learns_by_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        LearnerSettings.model_validate(RIGHT | wrong)


def test_settings_are_read_without_torch() -> None:
    script = "import sys, lstm_assets.optim.settings; print('torch' in sys.modules)"

    done = subprocess.check_output([sys.executable, "-c", script], text=True)

    assert done == "False\n"
