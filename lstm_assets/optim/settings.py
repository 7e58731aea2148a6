"""The hyperparameters of what trains a network, the same for every network.

Importing this module imports no torch.
"""

from pydantic import BaseModel, ConfigDict, Field

from lstm_assets.common.fields import Number, Whole


class LearnerSettings(BaseModel):
    """How a network learns from the windows it is given.

    A field's `description` completes "expected ..." in an error; its first example is shown there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    epoch: Whole = Field(ge=1, description="whole epochs from 1", examples=[[20, 30]])
    batch_size: Whole = Field(ge=1, description="whole windows from 1", examples=[[10, 20]])
    learning_rate: Number = Field(gt=0, description="a number over 0", examples=[[0.001, 0.005]])
