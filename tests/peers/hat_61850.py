"""hat-drivers' MMS and IEC 61850 (Apache-2.0), with the warning that importing them gives."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # importlib.resources.open_text
    from hat.drivers import iec61850, mms, net

__all__ = ["iec61850", "mms", "net"]
