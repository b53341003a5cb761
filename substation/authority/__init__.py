"""Who has control of the unit (SAFETY S18), and what takes two people."""
