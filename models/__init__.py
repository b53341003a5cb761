"""What everything talks about: points, quality, commands, orders, the grid. No I/O, no asyncio, no Qt."""
