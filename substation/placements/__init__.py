"""What people put on the grid for a while: earths, cuts, jumpers, mobile generators, positions read on the spot."""
