"""What runs of a study do while they last, and what is mended when they end badly."""
