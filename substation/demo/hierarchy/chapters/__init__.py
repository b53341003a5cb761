"""What the demonstration of the hierarchy claims: one module for each claim, verified by asking the units."""
