"""Behaviour of logical nodes of any SCL file: pure, time is handed in, one room per family of IEC 61850-7-4."""
