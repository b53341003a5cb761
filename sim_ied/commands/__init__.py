"""Commands of the command line that belong to the simulator and its site files."""
