"""The demonstration: spawns simulator, units and window, injects a fault, tells what happens, checks the outcome."""
