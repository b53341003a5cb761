"""Forecasts and what they are worth: load by time of the week, probabilities of events, honest scores."""
