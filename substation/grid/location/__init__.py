"""Maximum-likelihood location of faults on the tree that a tripped device fed: pure numerics, one algorithm per file."""
