"""Contrast of every token, in every theme, by WCAG 2.1; and forms that do not need colour."""

from __future__ import annotations

import pytest

from hmi.diagram.looks import Looks
from hmi.style import sheet
from hmi.theme import GRAPHICS, MIN_GRAPHICS, MIN_TEXT, TEXTS, THEMES, Theme, contrast

THEME = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)


def test_contrast_of_known_pairs() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#ffffff", "#ffffff") == 1.0


@THEME
def test_graphics_stand_out_from_the_ground(theme: Theme) -> None:
    colours = {name: getattr(theme, name) for name in GRAPHICS} | {f"source {c}": c for c in theme.sources}
    weak = {name: contrast(colour, theme.ground) for name, colour in colours.items()}
    assert {name: ratio for name, ratio in weak.items() if ratio < MIN_GRAPHICS} == {}


@THEME
def test_text_can_be_read(theme: Theme) -> None:
    ratios = {pair: contrast(getattr(theme, pair[0]), getattr(theme, pair[1])) for pair in TEXTS}
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < MIN_TEXT} == {}


@THEME
def test_alarm_fills_have_an_outline_that_stands_out(theme: Theme) -> None:
    for fill in (theme.alarm_high, theme.alarm_medium, theme.alarm_low):
        assert max(contrast(theme.outline, fill), contrast(fill, theme.ground)) >= MIN_GRAPHICS


@THEME
def test_style_sheet_takes_every_colour_from_the_theme(theme: Theme) -> None:
    tokens = {str(getattr(theme, name)) for name in Theme.__dataclass_fields__}
    found = {word.strip(";,") for word in sheet(theme).split() if word.startswith("#") and len(word.strip(";,")) == 7}
    assert found
    assert found <= tokens


@THEME
def test_states_differ_in_form_and_not_only_in_colour(theme: Theme) -> None:
    looks = Looks(theme, ("T1",))
    forms = [(looks.of(state).width_px, looks.of(state).dashes) for state in ("dead", "earthed", "looped", "unknown")]
    forms.append((looks.of("energised:T1").width_px, looks.of("energised:T1").dashes))
    assert len(set(forms)) == len(forms)
    assert looks.of("dead").width_px < looks.of("energised:T1").width_px


@THEME
def test_unheard_of_state_looks_unknown(theme: Theme) -> None:
    looks = Looks(theme, ("T1",))
    assert looks.of("energised:T9") == looks.of("unknown") != looks.of("dead")
