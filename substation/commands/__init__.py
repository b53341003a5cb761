"""Commands of the command line that belong to the management unit."""
