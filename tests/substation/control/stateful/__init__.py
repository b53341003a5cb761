"""Gate and orders under everything that can happen: `python -m tests.substation.control.stateful`."""
