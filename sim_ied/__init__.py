"""The simulated world: grid physics, protection, indicators, and real protocol servers in front of them."""
