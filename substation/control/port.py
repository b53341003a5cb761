"""Where commands leave the server: the front end of the device that a point belongs to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from models.command import Command, CommandResult
from models.point import Handle

CommandPort = Callable[[Command], Awaitable[CommandResult]]
"""Carries out one service; a lost link is outcome UNKNOWN or a LinkError, never an invented answer."""

Route = Callable[[Handle], CommandPort | None]
"""The port that reaches the device of a point; None when no link reaches it now."""
