"""Reliability of supply (OP3): interruptions with stages and causes, and the indices of IEEE 1366 over a period."""
