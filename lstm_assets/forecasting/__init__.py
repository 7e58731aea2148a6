"""Forecasts and scores of trained models. Nothing is trained here."""
