"""What a study's runs do, and what is repaired after runs that ended badly."""
