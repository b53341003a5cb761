"""Disturbance records of devices: fetched by whatever protocol, kept on disk, listed, offered to control centres."""
