"""Diagrams of the grid: where everything stands (geography, ladder, single line), and one view that paints them."""
