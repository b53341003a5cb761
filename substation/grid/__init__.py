"""Grid numerics: arrays of the network, topology, radial power flow, limits. No asyncio, no I/O."""
