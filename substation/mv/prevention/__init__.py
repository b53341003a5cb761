"""Prevention (GR9): how probable an overload of lines and transformers is within the next hours."""
