"""The management unit: image, applications, command gate, alarms, history, data interface, control centres."""
