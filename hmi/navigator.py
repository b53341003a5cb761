"""The search line: go to a station, switch or line by its name, from the keyboard."""

from __future__ import annotations

from collections.abc import Iterable

from PyQt6.QtCore import QStringListModel, Qt, pyqtSignal
from PyQt6.QtWidgets import QCompleter, QLineEdit, QWidget


class Navigator(QLineEdit):
    """found(element): Enter on a known name, or a choice from the list. It only shows, it never operates."""

    found = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText("go to station, switch, line  ( / )")
        self.setClearButtonEnabled(True)
        self._names: dict[str, str] = {}
        self._list = QStringListModel(self)
        completer = QCompleter(self._list, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setMaxVisibleItems(12)
        completer.activated.connect(self._go)
        self.setCompleter(completer)
        self.returnPressed.connect(lambda: self._go(self.text()))

    def know(self, names: Iterable[str]) -> None:
        """The names that can be gone to."""
        ordered = sorted(set(names))
        self._names = {name.casefold(): name for name in ordered}
        self._list.setStringList(ordered)

    def _go(self, text: str) -> None:
        name = self._names.get(text.strip().casefold())
        if name:
            self.found.emit(name)
