"""Patterns of variables and locations: `*` stands for any characters, slashes too, so `ST103/*` is a whole subtree."""

from __future__ import annotations

WILDCARD = "*"


def is_pattern(text: str) -> bool:
    return WILDCARD in text


def matches(pattern: str, text: str) -> bool:
    """True when `text` fits the pattern. Linear in the text for each `*`: no input makes it slow."""
    if WILDCARD not in pattern:
        return pattern == text
    first, *middle, last = pattern.split(WILDCARD)
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    position, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, position, end)
        if found < 0:
            return False
        position = found + len(part)
    return True
