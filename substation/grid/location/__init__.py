"""Maximum-likelihood location of faults on the tree that a tripped device fed: numerics, one algorithm per file."""
