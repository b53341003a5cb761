"""One table of colours per theme; nothing else in the HMI names a colour.

High-performance HMI: neutral ground, colour for what is abnormal. Contrasts follow WCAG 2.1: graphics at least 3:1,
text at least 4.5:1; `GRAPHICS` and `TEXTS` list the pairs that are checked, so a new token is tested by being listed.
"""

from __future__ import annotations

from dataclasses import dataclass

MIN_GRAPHICS, MIN_TEXT = 3.0, 4.5


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as '#rrggbb'. ground: behind diagrams; panel: behind controls; field: behind tables and inputs.

    sources: conductors by the transformer that feeds them. alarm_*: fill of alarm symbols by severity, always with an
    outline in `outline` and text in `on_alarm`. alarm_text: words and lines that report something abnormal.
    """

    name: str
    ground: str
    panel: str
    field: str
    border: str
    ink: str
    muted: str
    outline: str
    sources: tuple[str, str, str, str]
    dead: str
    earthed: str
    unknown: str
    looped: str
    selected: str
    alarm_high: str
    alarm_medium: str
    alarm_low: str
    on_alarm: str
    alarm_text: str
    hatch: str


LIGHT = Theme(
    name="light",
    ground="#d3d6d9",
    panel="#e2e4e6",
    field="#f1f2f3",
    border="#a3a9ae",
    ink="#1b1f23",
    muted="#484e53",
    outline="#1b1f23",
    sources=("#1f4e79", "#6b4a1e", "#2f5d50", "#5b3f6f"),
    dead="#63686d",
    earthed="#7a5200",
    unknown="#7a3f8f",
    looped="#a1127a",
    selected="#0a66ac",
    alarm_high="#ff6b45",
    alarm_medium="#ffb000",
    alarm_low="#fff07a",
    on_alarm="#1b1f23",
    alarm_text="#9c2c00",
    hatch="#9c2c00",
)

DARK = Theme(
    name="dark",
    ground="#23272b",
    panel="#2d3237",
    field="#1b1e22",
    border="#5b636a",
    ink="#e4e7ea",
    muted="#b3bac0",
    outline="#e4e7ea",
    sources=("#7fb2e5", "#d9b38c", "#8fcfb8", "#c9a6e0"),
    dead="#8b9197",
    earthed="#e0b050",
    unknown="#cf8fe0",
    looped="#ff79c6",
    selected="#4db8ff",
    alarm_high="#ff7a45",
    alarm_medium="#ffb84d",
    alarm_low="#f2e86d",
    on_alarm="#1b1f23",
    alarm_text="#ff9a70",
    hatch="#ff9a70",
)

THEMES = {theme.name: theme for theme in (LIGHT, DARK)}

GRAPHICS = ("ink", "outline", "dead", "earthed", "unknown", "looped", "selected", "alarm_text", "hatch")
"""Tokens drawn on `ground`; every colour of `sources` too."""

TEXTS = (
    ("ink", "ground"),
    ("ink", "panel"),
    ("ink", "field"),
    ("muted", "ground"),
    ("muted", "panel"),
    ("muted", "field"),
    ("alarm_text", "panel"),
    ("alarm_text", "field"),
    ("alarm_text", "ground"),
    ("on_alarm", "alarm_high"),
    ("on_alarm", "alarm_medium"),
    ("on_alarm", "alarm_low"),
)
"""Pairs of text and what it stands on."""


def contrast(first: str, second: str) -> float:
    """Contrast ratio of WCAG 2.1, 1 to 21."""
    bright, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[place : place + 2], 16) / 255) for place in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
