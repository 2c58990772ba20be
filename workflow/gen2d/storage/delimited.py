"""Parses columns of text, separated by commas, semicolons, tabs or blanks."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

SEPARATORS = ("\t", ";", ",", " ")
"""In order of preference where several fit equally well; a blank is any white space."""
COMMENTS = ("#", "%", "//")
MISSING = {"", "na", "n/a", "#n/a", "<na>", "nan", "null", "none", "-", "?", "."}
N_LOOKED_AT = 500  # lines that decide the separator
COUNT = re.compile(r"\d+")
DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")
THOUSANDS = re.compile(r"[+-]?\d{1,3},\d{3}")
PADDED = re.compile(r"0\d+")
Column = Sequence[object] | np.ndarray


class Table(NamedTuple):
    """Columns of a file, and the place of each row in it."""

    names: list[str]
    """Names of the columns, empty text for one without; an empty list if the file has no names."""
    columns: Sequence[Column]
    """Numbers, or text that is yet to be parsed as numbers."""
    places: Sequence[int]
    """Place of each row, counted from 1: its line in a text, its row in an array."""
    unit: str
    """Unit of `places`: line or row."""
    notes: list[str]
    """Notes for people on how the file was read."""

    def named(self, j: int) -> str:
        """The name of a column, or its number, counted from 1, if it has none."""
        return self.names[j] if self.names and self.names[j] else str(j + 1)


def counted(n_columns: int) -> str:
    """A number of columns in words: 1 column, 2 columns, ..."""
    return f"{n_columns} column" + "s" * (n_columns != 1)


def number(cell: str) -> float | None:
    """The number that a cell holds, with a decimal point or comma; None for other text."""
    try:
        return None if "_" in cell else float(cell)  # Python's own 1_000
    except ValueError:
        pass
    cell = cell.replace("−", "-")
    if DECIMAL_COMMA.fullmatch(cell):
        cell = cell.replace(",", ".")
    try:
        return None if "_" in cell else float(re.sub("[dD]", "e", cell))  # as Fortran writes 1D0
    except ValueError:
        return None


def is_missing(cell: str) -> bool:
    """Whether a cell marks a missing value."""
    return cell.lower() in MISSING


def _is_word(cell: str) -> bool:
    return not is_missing(cell) and number(cell) is None


def _cells(line: str, separator: str) -> list[str]:
    if '"' in line:
        parted = csv.reader([line.strip()], delimiter=separator, skipinitialspace=True)
        return [cell.strip() for cell in next(parted)]
    if separator == " ":
        return line.split()
    return [cell.strip() for cell in line.split(separator)]


def _separator(lines: Sequence[str]) -> str:
    """The separator that splits most lines into two or more numbers, best without other text."""

    def parted(separator: str) -> int:
        score = 0
        for line in lines[:: -(-len(lines) // N_LOOKED_AT)]:
            cells = _cells(line, separator)
            numbers = sum(number(cell) is not None for cell in cells)
            score += (numbers >= 2) + (numbers == len(cells) >= 2)
        return score

    best = max(SEPARATORS, key=parted)  # the first of equals
    if parted(best):
        return best
    return max((",", ";", "\t"), key=lambda sign: sum(line.count(sign) for line in lines))


def _heads(first: list[str], rest: Sequence[list[str]]) -> tuple[bool, str]:
    """Whether the first row names the columns, and a note for people on that choice, or no text.

    Names may be numbers: pandas writes 0, 1, ... for columns without names. Raises `ValueError`
    if such names cannot be distinguished from a point.
    """
    counts = [cell for cell in first if not _is_word(cell) and cell]
    in_order = counts == [str(k) for k in range(len(counts))]
    if any(map(_is_word, first)) or not first[0]:
        words = [j for j, cell in enumerate(first) if _is_word(cell)]
        again = any(row[j] == first[j] for row in rest for j in words if j < len(row))
        return in_order and not (counts and again), ""  # a repeated word is a label
    is_distinct = len({*first}) == len(first) > 1
    if not rest or not is_distinct or not all(map(COUNT.fullmatch, first)):
        return False, ""
    whole = [any(map(COUNT.fullmatch, column)) for column in zip(*rest, strict=False)]
    line = ",".join(first)
    if in_order and not all(whole):
        point = ",".join(f"{cell}.0" for cell in first)
        return True, f"the first line, {line}, is read as names; write {point} for a point"
    if in_order or not any(whole):
        raise ValueError(
            f"{line} in the first line, names or a point; write x,y above it for a point, and in"
            " its place for names"
        )
    return False, ""


def _without_empty_end(rows: list[list[str]]) -> list[list[str]]:
    """Rows without trailing columns that are empty in all rows: separators may end lines."""
    while rows and all(len(row) > 1 and not row[-1] for row in rows):
        rows = [row[:-1] for row in rows]
    return rows


def parse(text: str) -> Table:
    """The columns of a text.

    Empty lines and comments are skipped, but the last comment above the numbers may hold names,
    as NumPy writes them. Raises `ValueError` with the second part of "expected ...; got ...".
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    whole = {i: line for i, line in enumerate(lines, start=1) if line.strip()}
    declared = re.fullmatch(r"sep=(.)", whole.get(1, "").strip())  # as Excel has it
    if declared:
        del whole[1]
    comments = {i: line for i, line in whole.items() if line.lstrip().startswith(COMMENTS)}
    kept = {i: line for i, line in whole.items() if i not in comments}
    if "#" in text:
        kept = {i: re.split(r"\s#", line)[0] for i, line in kept.items()}
    if not kept:
        raise ValueError("no rows")
    texts = list(kept.values())
    separator = declared[1] if declared else _separator(texts[1:] or texts)
    places = list(kept)
    rows = _without_empty_end([_cells(line, separator) for line in texts])
    is_head, note = _heads(rows[0], rows[1:])
    names: list[str] = []
    at = places[0]
    if is_head:
        names, rows, places = rows[0], rows[1:], places[1:]
    if not rows:
        raise ValueError("no rows")
    n_columns = Counter(map(len, rows)).most_common(1)[0][0]
    for place, row in zip(places, rows, strict=True):
        if len(row) != n_columns:
            raise ValueError(f"{counted(len(row))} in line {place}, but {n_columns} in most lines")
    if names and len(names) == n_columns - 1:
        names = ["", *names]  # as R writes names of rows
    if names and len(names) != n_columns:
        raise ValueError(f"{len(names)} names in line {at} above {n_columns} columns")
    above = [line for i, line in comments.items() if i < places[0]]
    if not names and above:
        words = _cells(above[-1].lstrip().lstrip("#%/"), separator)
        names = words if len(words) == n_columns and all(map(_is_word, words)) else []
    columns = [*zip(*rows, strict=True)]
    _check_commas(separator, columns)
    return Table(names, columns, places, "line", [note] if note else [])


def _check_commas(separator: str, columns: Sequence[Sequence[str]]) -> None:
    """Raises `ValueError` if it is unclear whether a comma is a decimal comma."""
    if separator == "," and any(map(PADDED.fullmatch, (c for col in columns[1:] for c in col))):
        raise ValueError("digits behind a comma as in 1,05; write decimal points")
    with_commas = [c for col in columns for c in col if "," in c and DECIMAL_COMMA.fullmatch(c)]
    if not with_commas:
        return
    if separator == "," and all(map(THOUSANDS.fullmatch, with_commas)):
        raise ValueError(f"{with_commas[0]}, a fraction or thousands; write decimal points alone")
    points = (c for col in columns for c in col if "." in c and number(c) is not None)
    if point := next(points, None):
        raise ValueError(f"decimal commas and points, {with_commas[0]} and {point}")
