"""IO managers: between the assets of a study and its TB_* tables, one file a table or pair."""
