"""The hyperparameters that every network is trained with.

Importing this module does not import torch.
"""

from pydantic import BaseModel, ConfigDict, Field

from lstm_assets.common.fields import Number, Whole


class LearnerSettings(BaseModel):
    """How a network is trained on its windows.

    An error shows a field's `description` after "expected", and its first example.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    epoch: Whole = Field(ge=1, description="whole epochs from 1", examples=[[20, 30]])
    batch_size: Whole = Field(ge=1, description="whole windows from 1", examples=[[10, 20]])
    learning_rate: Number = Field(gt=0, description="a number over 0", examples=[[0.001, 0.005]])
