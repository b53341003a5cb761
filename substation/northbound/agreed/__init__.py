"""What unit.toml says is agreed with each control centre: one module per part of `[[control_centre]]`."""
