"""Sums of meter readings that nobody can read on the way: additively homomorphic encryption (Paillier), without I/O."""
