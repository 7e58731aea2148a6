"""The keys below `retune:` of a study."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from lstm_assets.common.fields import Truth, Whole


class Retune(BaseModel):
    """The keys below `retune:` of a study.

    A field's `description` completes "expected ..." in an error.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: Truth = Field(default=False, description="true or false")
    min_new_bars: Whole = Field(
        default=1, ge=1, description="whole bars from 1, e.g. `min_new_bars: 5`"
    )
    top_k: Whole = Field(
        default=0, ge=0, description="whole cells from 1, e.g. `top_k: 8`, or 0 for all"
    )
    warm_start: Truth = Field(default=False, description="true or false")
    interval_seconds: Whole = Field(
        default=300, ge=1, description="whole seconds from 1, e.g. `interval_seconds: 3600`"
    )
