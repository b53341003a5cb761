"""Timers of the GUI thread, made in one line."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QObject, QTimer


def timer(parent: QObject, interval_ms: int, fired: Callable[[], object], once: bool = False) -> QTimer:
    """Not started yet. once: fires one time after each start."""
    result = QTimer(parent)
    result.setInterval(interval_ms)
    result.setSingleShot(once)
    result.timeout.connect(fired)
    return result
