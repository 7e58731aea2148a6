"""What the tables say of one study, in cells and results. SQL is in store."""
