"""Every IED of an SCL file behind a server of its own, with the behaviour of its logical nodes behind it."""
