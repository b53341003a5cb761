"""Commissioning: point-to-point tests, alarm inhibit, substituted values; kept on disk, with holder and reason."""
