"""The clock of this computer: whether it is synchronised, and who may set it."""
