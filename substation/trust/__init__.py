"""Certificates of the utility's authority: issued, verified, revoked, and used on every TLS connection."""
