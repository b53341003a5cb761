"""From scene to screen and back: scale and shift, fitted, zoomed at a point, moved. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

from hmi.diagram.shapes import Place

MAX_OVER_FIT = 80.0
MARGIN_X_PX, MARGIN_Y_PX = 58.0, 40.0
SMALL_MARGIN_PX = 22.0
LEGEND_PX = 34.0  # at the lower edge


@dataclass(slots=True)
class Camera:
    """scale: pixels per scene unit; shift: pixels."""

    scale: float = 1.0
    shift_x: float = 0.0
    shift_y: float = 0.0
    fit_scale: float = 1.0

    def to_screen(self, place: Place) -> Place:
        return place[0] * self.scale + self.shift_x, place[1] * self.scale + self.shift_y

    def to_scene(self, at: Place) -> Place:
        return (at[0] - self.shift_x) / self.scale, (at[1] - self.shift_y) / self.scale

    def fit(
        self, bounds: tuple[float, float, float, float], width_px: float, height_px: float, small: bool = False
    ) -> None:
        """Show everything, centred; leave out the room of the legend yourself. small: up to a narrow margin."""
        left, top, right, bottom = bounds
        wide, high = max(right - left, 1e-9), max(bottom - top, 1e-9)
        margin_x, margin_y = (SMALL_MARGIN_PX, SMALL_MARGIN_PX) if small else (MARGIN_X_PX, MARGIN_Y_PX)
        room_x, room_y = max(width_px - 2 * margin_x, 1.0), max(height_px - 2 * margin_y, 1.0)
        self.scale = self.fit_scale = min(room_x / wide, room_y / high)
        self.centre(((left + right) / 2, (top + bottom) / 2), width_px, height_px)

    def centre(self, place: Place, width_px: float, height_px: float) -> None:
        self.shift_x = width_px / 2 - place[0] * self.scale
        self.shift_y = height_px / 2 - place[1] * self.scale

    def zoom(self, factor: float, at: Place) -> None:
        """What is under `at` (screen) stays there. Bounded to [1/2, 80] of the fitted scale."""
        fixed = self.to_scene(at)
        self.scale = min(max(self.scale * factor, self.fit_scale / 2), self.fit_scale * MAX_OVER_FIT)
        self.shift_x = at[0] - fixed[0] * self.scale
        self.shift_y = at[1] - fixed[1] * self.scale

    def move(self, dx_px: float, dy_px: float) -> None:
        self.shift_x += dx_px
        self.shift_y += dy_px
