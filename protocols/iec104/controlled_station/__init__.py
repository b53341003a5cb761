"""The controlled station (outstation) without I/O: image, events per control centre, services, commands."""
