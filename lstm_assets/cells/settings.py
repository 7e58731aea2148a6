"""The hyperparameters that every network shares: how it is fed and trained."""

from pydantic import Field

from lstm_assets.cells.values import Values
from lstm_assets.common.fields import Number, Whole
from lstm_assets.models import MODELS, Network
from lstm_assets.optim.settings import LearnerSettings


class TrainingSettings(LearnerSettings):
    """How one cell is fed and trained."""

    ratio_train_set: Number = Field(
        gt=0, lt=1, description="a share between 0 and 1", examples=[[0.8, 0.9]]
    )
    size_sequence: Whole = Field(ge=1, description="whole bars from 1", examples=[[50]])
    # It is hashed with the other values, so two cells that differ only in it have two seeds.
    seed: Whole | None = Field(
        default=None, ge=0, description="whole numbers from 0", examples=[[0, 1, 2]]
    )


def settings_of(cell: Values, model: str) -> tuple[TrainingSettings, Network]:
    """Return one tuple as the typed settings of its training and of its network."""
    names = TrainingSettings.model_fields
    training = TrainingSettings.model_validate({k: v for k, v in cell.items() if k in names})
    network = MODELS[model].model_validate({k: v for k, v in cell.items() if k not in names})
    return training, network
