"""What the unit's grid applications see, propose and reject: one page each, and an overview beside them."""
