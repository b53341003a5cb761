"""What a control centre is given: the list of points and commands, and what the station can do (interoperability)."""
