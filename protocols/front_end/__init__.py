"""A child process that runs the drivers of one protocol: `python -m protocols.front_end NAME SOCKET`. No decisions."""
