"""The point list as a spreadsheet: points, commands, groups and the interoperability list, one sheet each."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet.properties import PageSetupProperties

from models.errors import StorageError
from models.point import PointSpec
from substation.northbound.agreed.settings import ControlCentre
from substation.point_list import interoperability
from substation.point_list.columns import COMMANDS, POINTS, Cell, Column, commanded, monitored, table
from substation.point_list.groups import GROUPS, groups
from substation.point_list.signal import Signal

_BOLD = Font(bold=True, color="FFFFFFFF")
_FILL = PatternFill("solid", start_color="FF1F4E79")
_WRAPPED = Alignment(vertical="top", wrap_text=True)
_INTEROPERABILITY_WIDTHS = (34, 58, 12, 12, 48)
_CENTRE_WIDTH = 26


def write(file: Path, signals: Sequence[Signal], points: Sequence[PointSpec], centres: Sequence[ControlCentre]) -> None:
    """StorageError when the file cannot be written."""
    book = Workbook(write_only=True)
    _sheet(book, "points", _names(POINTS), _widths(POINTS), table(POINTS, monitored(signals)), 2)
    _sheet(book, "commands", _names(COMMANDS), _widths(COMMANDS), table(COMMANDS, commanded(signals)), 2)
    _sheet(book, "groups", [name for name, _ in GROUPS], [width for _, width in GROUPS], groups(signals, centres), 0)
    widths = (*_INTEROPERABILITY_WIDTHS, *(_CENTRE_WIDTH for _ in centres))
    lines = interoperability.lines(points, centres)
    _sheet(book, "interoperability", interoperability.header(centres), widths, lines, 2)
    octets = io.BytesIO()
    book.save(octets)
    try:
        file.write_bytes(octets.getvalue())
    except OSError as error:
        raise StorageError(f"{file}: cannot be written: {error.strerror}; name a file you may write") from error


def _names(columns: Sequence[Column]) -> list[str]:
    return [column.name for column in columns]


def _widths(columns: Sequence[Column]) -> list[int]:
    return [column.width for column in columns]


def _sheet(
    book: Workbook,
    name: str,
    header: Sequence[str],
    widths: Sequence[int],
    rows: Iterable[Sequence[Cell]],
    frozen: int,
) -> None:
    """frozen: columns that stay in sight; the header always does. The filter is over all of it."""
    sheet: WriteOnlyWorksheet = book.create_sheet(name)
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width + 2
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0  # printed: one page wide
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "1:1"
    sheet.freeze_panes = f"{get_column_letter(frozen + 1)}2"
    sheet.append([_heading(sheet, text) for text in header])
    count = 1
    for row in rows:
        sheet.append([None if cell == "" else cell for cell in row])
        count += 1
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(header))}{count}"


def _heading(sheet: WriteOnlyWorksheet, text: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=text.replace("_", " "))
    cell.font, cell.fill, cell.alignment = _BOLD, _FILL, _WRAPPED
    return cell
