"""Heavy arithmetic in processes of its own: `from protocols.arithmetic.pool import Arithmetic`."""
