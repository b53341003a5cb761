"""The part of the MATLAB language that MATPOWER case files are written in."""
