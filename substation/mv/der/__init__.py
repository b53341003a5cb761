"""Distributed energy resources (GR1): filtered, summed up, what they can offer, and which limits they exceed."""
