"""What goes wrong with bundles, releases and backups."""

from __future__ import annotations

from models.errors import RingmainError


class BundleError(RingmainError):
    """A bundle is malformed, altered, not signed by who may, or not meant for this unit: it changes nothing."""


class ReleaseError(RingmainError):
    """A release cannot be staged, activated or started; the one that was active stays so."""


class BackupError(RingmainError):
    """A backup cannot be made or restored; what was there stays as it was."""
