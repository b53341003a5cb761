"""One package per field protocol, all of one shape; the front end that runs them; the client of the data interface."""
