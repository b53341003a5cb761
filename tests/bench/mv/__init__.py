"""`ringmain bench mv`: the grid algorithms beside power-grid-model, pandapower and an exact solver."""
