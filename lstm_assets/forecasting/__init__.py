"""What trained models say of prices: forecasts and scores. Nothing is trained here."""
