"""Learning of faults from files of the past, and what the forecasts that come from it are worth."""
