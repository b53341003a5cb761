"""SCL against device: every difference that the unit has found, the dangerous ones first, with what to do."""

from __future__ import annotations

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QWidget

from hmi.differences import DifferenceNote, LinkDifferences
from hmi.row_model import Row, RowModel
from hmi.site import Site
from hmi.theme import Theme
from hmi.widgets.columns import Column, fill

COLUMNS = (
    Column("Severity", 9),
    Column("Link", 14),
    Column("Automation", 11),
    Column("Difference", 0),
    Column("In the SCL", 22),
)
RANK = {"danger": 0, "loss": 1, "remark": 2}
"""As models.scl.findings.Severity; anything else last."""


class DifferenceList(QWidget):
    """A table of `Site.differences`. counted(number): differences that are more than a remark."""

    counted = pyqtSignal(int)

    def __init__(self, site: Site, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._site, self._theme = site, theme
        self.model = RowModel(COLUMNS, self)
        fill(self, self.model, COLUMNS)
        site.differences_changed.connect(self._refresh)

    def _refresh(self) -> None:
        present = self._site.differences.values()
        found = [(link.link, each) for link in present for each in link.found]
        found.sort(key=lambda pair: (RANK.get(pair[1].severity, len(RANK)), pair[0]))
        rows = [self._row(link, each, index) for index, (link, each) in enumerate(found)]
        self.model.replace([*rows, *(_rest(link) for link in present if link.count > len(link.found))])
        self.counted.emit(sum(each.severity != "remark" for _, each in found))

    def _row(self, link: str, each: DifferenceNote, index: int) -> Row:
        weighty = each.severity == "danger"
        return Row(
            f"{link} {index}",
            (each.severity, link, "blocked" if each.blocks else "", each.text, each.where),
            self._theme.alarm_text if weighty else "",
            tip=f"{each.text}\n{each.where}\nWhat to do: {each.remedy}",
        )


def _rest(link: LinkDifferences) -> Row:
    more = link.count - len(link.found)
    text = f"{more} more; `ringmain check UNIT.toml --live --link {link.link}` lists all"
    return Row(f"{link.link} rest", ("", link.link, "", text, ""))
