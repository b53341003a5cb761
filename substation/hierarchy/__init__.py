"""Flows of the hierarchy (D3.2 6.1): sums and copies go up, set-points, prices and configuration go down."""
