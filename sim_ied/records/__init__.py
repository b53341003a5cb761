"""Disturbance records of simulated devices: what an indicator's station sees around a fault, as COMTRADE."""
