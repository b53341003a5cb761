"""Commands of the HMI for the command line."""
