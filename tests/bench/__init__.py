"""Measurements behind `ringmain bench NAME`: what needs an independent peer to be compared with lives here."""
