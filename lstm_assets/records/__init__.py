"""What the tables contain about one study, as cells and results. SQL is in store/."""
