"""The keys below `finalists:` of a study."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from lstm_assets.common.fields import Whole


class Finalists(BaseModel):
    """The keys below `finalists:` of a study: the best cells, whose mean forecast is tested.

    A field's `description` completes "expected ..." in an error.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cells: Whole = Field(default=4, ge=1, description="whole cells from 1, e.g. `cells: 4`")
    seeds: Whole = Field(
        default=1, ge=1, description="whole seeds of each from 1, its own included, e.g. `seeds: 3`"
    )
