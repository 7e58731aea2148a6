"""IO managers: between a study's assets and its TB_* tables. One file per table or pair."""
