"""The MMS side of a simulated IED: what open61850's server lacks."""
