"""The operator's window: a Qt client of the data interface, and of nothing else. It opens no file but its own key."""
