"""The public asyncio client of the data interface: `from protocols.exchange.client import connect`."""
