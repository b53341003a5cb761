"""Sums of meter readings that no unit on the way can read: who collects them, adds them, and who alone decrypts."""
