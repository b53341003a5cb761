"""The demonstration of a whole hierarchy: from the top level down to hundreds of customers."""
