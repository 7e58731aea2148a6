"""The keys below `holdout:` of a study."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from lstm_assets.common.fields import Date, Number


class Holdout(BaseModel):
    """The keys below `holdout:` of a study: bars that only the step that names the winner reads.

    A field's `description` completes "expected ..." in an error.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    share: Number | None = Field(
        default=None, gt=0, lt=1, description="a share between 0 and 1, e.g. `share: 0.1`"
    )
    date_end: Date | None = Field(
        default=None, description="a date after the study's own, e.g. `date_end: 2023-12-31`"
    )
