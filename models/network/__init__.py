"""The grid: elements as `network.json` declares them and as arrays for the numerics."""
