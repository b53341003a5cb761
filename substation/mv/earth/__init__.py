"""Earth faults in networks operated with one (GR10): detection, section, clock, proposed order (SAFETY S10)."""
