"""The customer's window: own data, strategy, and who may read what (D3.2 5.2)."""
