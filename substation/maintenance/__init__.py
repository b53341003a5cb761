"""Node maintenance (e-balance D3.2 4.4.1.1): signed bundles, releases with roll-back, parameters, reset, backup."""
