"""The field as the unit sees it: front end processes, their links, and where a command for a point goes."""
