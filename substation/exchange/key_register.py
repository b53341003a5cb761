"""The register of stakeholders under its former name."""

from __future__ import annotations

from substation.stakeholders.blocks import BLOCK
from substation.stakeholders.register import StakeholderRegister as KeyRegister
from substation.stakeholders.schema import FILE_NAME, RegisterError

__all__ = ["BLOCK", "FILE_NAME", "KeyRegister", "RegisterError"]
