"""What the unit shows and takes through its data interface: providers of variables for the request processor."""
