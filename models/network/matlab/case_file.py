"""The statements of a MATPOWER case file, version 2: tables first, then assignments that change units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from models.errors import ConfigError
from models.network.matlab.columns import CONSTANTS, FUNCTIONS
from models.network.matlab.expression import REMEDY, Expression, positions
from models.network.matlab.matrix import Matrix, number
from models.network.matlab.tokens import BREAK, NAME, Token, tokens

TABLES = ("bus", "branch", "gen")
READ = (*TABLES, "gencost", "baseMVA")
WITHOUT_INFLUENCE = frozenset({"areas", "bus_name", "gentype", "genfuel", "version"})
_DEPTH = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
_LAST_WORDS = ("end", "return", "endfunction")
_VERSION_REMEDY = "save it in version 2 (MATPOWER's savecase does)"


@dataclass(frozen=True, slots=True)
class CaseFile:
    """The tables after all assignments, columns as in CASEFORMAT; `lines` of a Matrix tell where its rows stand."""

    file: str
    base_mva: float
    bus: Matrix
    branch: Matrix
    gen: Matrix


def read_case(text: str, file: str) -> CaseFile:
    """ConfigError with file and line for what is no case of version 2, and for statements that are not understood."""
    try:
        return _Reading(file).case(text)
    except RecursionError as error:
        raise ConfigError(file, None, "parentheses or signs are nested too deeply", REMEDY) from error


class _Reading:
    """Values by name while the statements are gone through: 'mpc.bus', 'Vbase', 'PD'."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._case = "mpc"
        self._version = False
        self._known: dict[str, Matrix] = {}

    def case(self, text: str) -> CaseFile:
        for words in _statements(tokens(text, self._file)):
            self._statement(words)
        if not self._version:
            raise self._error(None, "mpc.version = '2' is missing", _VERSION_REMEDY)
        base = self._known.get(f"{self._case}.baseMVA", Matrix([])).scalar
        if base is None or not 0 < base < float("inf"):
            raise self._error(None, "mpc.baseMVA is missing or no positive number", "state it: mpc.baseMVA = 10;")
        return CaseFile(self._file, base, *(self._table(name) for name in TABLES))

    def _table(self, name: str) -> Matrix:
        found = self._known.get(f"{self._case}.{name}")
        if found is None:
            raise self._error(None, f"the table mpc.{name} is missing", "add it as CASEFORMAT describes it")
        return found

    def _statement(self, words: list[Token]) -> None:
        first = words[0]
        if first.text == "function":
            self._function(words)
        elif first.text == "define_constants" and len(words) == 1:
            self._known |= {name: number(value) for name, value in CONSTANTS.items()}
        elif first.text == "[":
            self._handed_out(words)
        elif first.kind == NAME and len(words) > 1 and words[1].text in ("=", "("):
            self._assignment(words)
        elif first.text not in _LAST_WORDS or len(words) > 1:
            raise self._refused(first)

    def _function(self, words: list[Token]) -> None:
        if len(words) < 4 or words[2].text != "=" or words[1].kind != NAME:
            raise self._error(words[0].line, "this is no case of version 2", _VERSION_REMEDY)
        self._case = words[1].text

    def _handed_out(self, words: list[Token]) -> None:
        """[NAME, NAME, ...] = idx_bus and its like."""
        texts = [word.text for word in words]
        if texts[-2:-1] != ["="] or texts[-1] not in FUNCTIONS or texts[-3] != "]":
            raise self._refused(words[0])
        names = [word.text for word in words[1:-3] if word.text != "," and word.kind != BREAK]
        handed = FUNCTIONS[texts[-1]]
        if len(names) > len(handed):
            raise self._error(words[0].line, f"{texts[-1]} has {len(handed)} results", "name no more of them")
        self._known |= {name: number(value) for name, (_, value) in zip(names, handed, strict=False)}

    def _assignment(self, words: list[Token]) -> None:
        name, struct = words[0].text, f"{self._case}."
        field = name.removeprefix(struct) if name.startswith(struct) else ""
        if words[1].text == "(":
            self._columns(words, field)
        elif field == "version":
            self._check_version(words)
        elif field not in WITHOUT_INFLUENCE:
            if "." in name and field not in READ and [each.text for each in words[2:]] not in (["[", "]"], ["{", "}"]):
                raise self._refused(words[0])
            if field in TABLES and name in self._known:
                raise self._refused(words[0])
            empty = [each.text for each in words[2:]] == ["{", "}"]
            self._known[name] = Matrix([]) if empty else Expression(words[2:], self._known, self._file).value()

    def _check_version(self, words: list[Token]) -> None:
        if len(words) != 3 or words[2].text.strip("'\"") != "2":
            raise self._error(words[0].line, "this is no case of version 2", _VERSION_REMEDY)
        self._version = True

    def _columns(self, words: list[Token], field: str) -> None:
        """mpc.bus(:, [PD, QD]) = mpc.bus(:, [PD, QD]) / 1e3 and whatever else scales whole columns."""
        texts = [word.text for word in words]
        if field not in TABLES or "=" not in texts or f"{self._case}.{field}" not in self._known:
            raise self._refused(words[0])
        equals = texts.index("=")
        table = self._known[f"{self._case}.{field}"]
        rows, columns = Expression(words[1:equals], self._known, self._file).index()
        where = positions(columns, table.width)
        value = Expression(words[equals + 1 :], self._known, self._file).value()
        if rows is not None or not value.columns:
            raise self._refused(words[0])
        if where is None or value.width != len(where) or len(value.rows) != len(table.rows):
            raise self._error(words[0].line, "the columns do not fit each other", REMEDY)
        for row, new in zip(table.rows, value.rows, strict=True):
            for column, each in zip(where, new, strict=True):
                row[column] = each

    def _refused(self, word: Token) -> ConfigError:
        return self._error(word.line, f"a statement that is not understood begins with '{word.text}'", REMEDY)

    def _error(self, line: int | None, problem: str, remedy: str) -> ConfigError:
        return ConfigError(self._file, line, problem, remedy)


def _statements(words: list[Token]) -> Iterator[list[Token]]:
    """Words between ';', ',' or the ends of lines outside brackets; never empty."""
    depth = 0
    statement: list[Token] = []
    for word in words:
        depth += _DEPTH.get(word.text, 0) if word.kind != NAME else 0
        if depth == 0 and (word.kind == BREAK or word.text in (";", ",")):
            if statement:
                yield statement
            statement = []
        elif statement or word.kind != BREAK:
            statement.append(word)
    if statement:
        yield statement
