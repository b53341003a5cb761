"""Optimised power flow (GR2): the radial state that costs least, as a target of switching, with its explanation."""
