"""Who listens while a run trains. What is told comes from training."""
