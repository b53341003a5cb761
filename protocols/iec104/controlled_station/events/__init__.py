"""Events of one group of control centres: what becomes one, how long it waits, and what is sent again."""
