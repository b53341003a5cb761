"""The data interface's server: one door (the request processor), access control, key register, WebSocket listener."""
