"""A theme as Qt's palette and style sheet, and the font with the operator's text scale."""

from __future__ import annotations

from PyQt6.QtGui import QColor, QFont, QPalette
from PyQt6.QtWidgets import QApplication

from hmi.theme import Theme

FONT_FAMILY = "DejaVu Sans"  # comes with fontconfig's library, so pictures are the same on every machine
FONT_POINTS = 9.0
MIN_SCALE, MAX_SCALE = 0.8, 2.0

_ROLES = {
    QPalette.ColorRole.Window: "panel",
    QPalette.ColorRole.WindowText: "ink",
    QPalette.ColorRole.Base: "field",
    QPalette.ColorRole.AlternateBase: "field",
    QPalette.ColorRole.Text: "ink",
    QPalette.ColorRole.Button: "panel",
    QPalette.ColorRole.ButtonText: "ink",
    QPalette.ColorRole.ToolTipBase: "field",
    QPalette.ColorRole.ToolTipText: "ink",
    QPalette.ColorRole.PlaceholderText: "muted",
    QPalette.ColorRole.Highlight: "selected",
    QPalette.ColorRole.HighlightedText: "field",
}

_SHEET = """
QWidget {{ color: {ink}; }}
QMainWindow, QDockWidget, QStatusBar {{ background: {panel}; }}
QMainWindow::separator {{ background: {border}; width: 4px; height: 4px; }}
QDockWidget::title {{ background: {ground}; padding: 4px 8px; border-bottom: 1px solid {border}; }}
QTabBar::tab {{ background: {ground}; padding: 5px 14px; border: 1px solid {border}; border-bottom: none;
  margin-right: 2px; }}
QTabBar::tab:selected {{ background: {panel}; font-weight: bold; }}
QTabWidget#diagrams > QTabBar::tab {{ min-height: 24px; }}
QTabWidget#lists > QTabBar::tab {{ padding: 5px 7px; }}
QTabBar QToolButton {{ padding: 0px; border-radius: 0px; }}
QTabWidget::pane {{ border: 1px solid {border}; }}
QTableView {{ background: {field}; gridline-color: {ground}; border: 1px solid {border};
  selection-background-color: {selected}; selection-color: {field}; }}
QHeaderView::section {{ background: {ground}; padding: 3px 6px; border: none; border-right: 1px solid {border};
  border-bottom: 1px solid {border}; font-weight: bold; }}
QHeaderView, QTableCornerButton::section {{ background: {ground}; }}
QPushButton, QToolButton {{ background: {panel}; border: 1px solid {muted}; border-radius: 3px; padding: 4px 12px; }}
QPushButton:hover, QToolButton:hover {{ background: {field}; }}
QPushButton:pressed, QToolButton:pressed {{ background: {ground}; }}
QPushButton:disabled, QToolButton:disabled {{ color: {dead}; border-color: {border}; }}
QPushButton[weight="operate"] {{ border: 2px solid {selected}; font-weight: bold; }}
QPushButton[weight="operate"]:disabled {{ border: 1px solid {border}; font-weight: normal; }}
QToolButton::menu-indicator {{ width: 10px; }}
QLineEdit, QComboBox, QPlainTextEdit {{ background: {field}; border: 1px solid {border}; padding: 3px 6px; }}
QLineEdit:focus, QComboBox:focus {{ border: 1px solid {selected}; }}
QComboBox QAbstractItemView {{ background: {field}; color: {ink}; }}
QScrollArea {{ border: none; background: {panel}; }}
QFrame[frame="box"] {{ background: {field}; border: 1px solid {border}; border-radius: 3px; }}
QLabel[tone="title"] {{ font-weight: bold; }}
QLabel[tone="muted"] {{ color: {muted}; }}
QLabel[tone="alarm"] {{ color: {alarm_text}; font-weight: bold; }}
QToolTip {{ background: {field}; color: {ink}; border: 1px solid {border}; }}
QMenu {{ background: {field}; border: 1px solid {border}; }}
QMenu::item:selected {{ background: {selected}; color: {field}; }}
"""


def apply(application: QApplication, theme: Theme, text_scale: float = 1.0) -> None:
    """Give the application its colours and font; text_scale is kept within [0.8, 2.0]."""
    application.setStyle("Fusion")
    application.setPalette(palette(theme))
    font = QFont(FONT_FAMILY)
    font.setPointSizeF(FONT_POINTS * min(max(text_scale, MIN_SCALE), MAX_SCALE))
    application.setFont(font)
    application.setStyleSheet(sheet(theme))


def palette(theme: Theme) -> QPalette:
    result = QPalette()
    for role, token in _ROLES.items():
        result.setColor(role, QColor(getattr(theme, token)))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText, QPalette.ColorRole.WindowText):
        result.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.dead))
    return result


def sheet(theme: Theme) -> str:
    """The style sheet, filled from the theme's tokens."""
    tokens = {name: getattr(theme, name) for name in Theme.__dataclass_fields__ if name != "sources"}
    return _SHEET.format(**tokens)
