"""The mutations of a module: one at a time, in its statements and their expressions."""

import ast
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

COMPARISONS = {
    ast.Lt: (r"<", "<="),
    ast.LtE: (r"<=", "<"),
    ast.Gt: (r">", ">="),
    ast.GtE: (r">=", ">"),
    ast.Eq: (r"==", "!="),
    ast.NotEq: (r"!=", "=="),
    ast.Is: (r"\bis\b", "is not"),
    ast.IsNot: (r"\bis\s+not\b", "is"),
    ast.In: (r"\bin\b", "not in"),
    ast.NotIn: (r"\bnot\s+in\b", "in"),
}
ARITHMETIC = {
    ast.Add: (r"\+", "-"),
    ast.Sub: (r"-", "+"),
    ast.Mult: (r"\*", "/"),
    ast.Div: (r"/", "*"),
}
LOGIC = {ast.And: (r"\band\b", "or"), ast.Or: (r"\bor\b", "and")}
NESTING = (ast.stmt, ast.excepthandler, ast.match_case)
MESSAGES = ("print", "warnings.warn", "sys.exit")
"""Calls whose arguments are for people."""


@dataclass(frozen=True)
class Mutation:
    """Another text for the bytes from start to end of a module."""

    start: int
    end: int
    line: int
    before: str
    after: str

    def applied(self, source: bytes) -> bytes:
        return source[: self.start] + self.after.encode() + source[self.end :]


@dataclass(frozen=True)
class Statement:
    """A statement of a module, without the statements in it, and its mutations."""

    file: str
    text: str
    mutations: tuple[Mutation, ...]


class Finder:
    """The mutations of a module."""

    def __init__(self, source: bytes):
        self.source = source
        lengths = [len(line) for line in source.splitlines(keepends=True)]
        self.starts = [sum(lengths[:i]) for i in range(len(lengths))]

    def span(self, node: ast.AST) -> tuple[int, int]:
        return (
            self.starts[node.lineno - 1] + node.col_offset,
            self.starts[node.end_lineno - 1] + node.end_col_offset,
        )

    def change(self, node: ast.AST, after: str) -> Mutation:
        start, end = self.span(node)
        return Mutation(start, end, node.lineno, self.source[start:end].decode(), after)

    def between(self, node: ast.AST, parts: list[ast.AST], swaps: list) -> Iterator[Mutation]:
        """Swaps the operators that stand between the parts of a node, one at a time."""
        for left, right, (sign, other) in zip(parts, parts[1:], swaps, strict=False):
            gap = slice(self.span(left)[1], self.span(right)[0])
            changed, n = re.subn(sign, other, self.source[gap].decode())
            if n == 1:
                start, end = self.span(node)
                text = self.source[start : gap.start].decode() + changed
                text += self.source[gap.stop : end].decode()
                yield self.change(node, text)

    def negated(self, test: ast.expr) -> Mutation:
        start, end = self.span(test)
        return self.change(test, f"not ({self.source[start:end].decode()})")

    def of_expression(self, node: ast.AST) -> Iterator[Mutation]:
        """The mutations of an expression and of all in it."""
        match node:
            case ast.JoinedStr():
                return
            case ast.Call(func=called) if ast.unparse(called) in MESSAGES:
                return
            case ast.keyword(arg="strict"):  # of zip: a check, which no working code fails
                return
            case ast.Compare():
                swaps = [COMPARISONS[type(operator)] for operator in node.ops]
                yield from self.between(node, [node.left, *node.comparators], swaps)
            case ast.BinOp(op=operator) if type(operator) in ARITHMETIC and not is_text(node):
                yield from self.between(node, [node.left, node.right], [ARITHMETIC[type(operator)]])
            case ast.BoolOp():
                swaps = [LOGIC[type(node.op)]] * (len(node.values) - 1)
                yield from self.between(node, node.values, swaps)
            case ast.IfExp():
                yield self.negated(node.test)
            case ast.comprehension():
                for test in node.ifs:
                    yield self.negated(test)
            case ast.Constant(value=bool()):
                yield self.change(node, str(not node.value))
            case ast.Constant(value=int()):
                yield self.change(node, str(node.value + 1))
            case ast.Constant(value=float()):
                yield self.change(node, repr(2 * node.value or 1.0))
        for child in ast.iter_child_nodes(node):
            yield from self.of_expression(child)

    def of_statement(self, node: ast.stmt) -> Iterator[Mutation]:
        """The mutations of a statement, but for the statements in it."""
        match node:
            case ast.Raise() | ast.Import() | ast.ImportFrom():
                return
            case ast.Expr(value=ast.Constant()):  # a docstring
                return
            case ast.Expr(value=ast.Call(func=called)) if ast.unparse(called) in MESSAGES:
                return
            case ast.Expr() | ast.AugAssign():
                yield self.change(node, "pass")
            case ast.Return(value=value) if value and ast.unparse(value) != "None":
                yield self.change(value, "None")
            case ast.If():
                yield self.negated(node.test)
        types = (getattr(node, "annotation", None), getattr(node, "returns", None))
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.arguments):
                for default in (*child.defaults, *filter(None, child.kw_defaults)):
                    yield from self.of_expression(default)
            elif child not in types and not isinstance(child, NESTING):
                yield from self.of_expression(child)

    def statements(self, file: str) -> Iterator[Statement]:
        """The statements that have mutations."""

        def visit(node: ast.AST) -> Iterator[Statement]:
            if isinstance(node, ast.If) and "__name__" in ast.unparse(node.test):
                return
            if isinstance(node, ast.stmt):
                start, end = self.span(node)
                inner = [part for part in ast.walk(node) if isinstance(part, ast.stmt)][1:]
                end = min([end, *(self.span(part)[0] for part in inner)])
                if mutations := tuple(dict.fromkeys(self.of_statement(node))):
                    yield Statement(file, self.source[start:end].decode().strip(), mutations)
            for child in ast.iter_child_nodes(node):
                if not isinstance(child, ast.expr):
                    yield from visit(child)

        yield from visit(ast.parse(self.source))


def is_text(node: ast.BinOp) -> bool:
    """Whether an operand is a literal text."""
    return any(
        isinstance(side, ast.JoinedStr)
        or (isinstance(side, ast.Constant) and isinstance(side.value, str))
        for side in (node.left, node.right)
    )


def shown(statement: Statement) -> str:
    """Where a mutation is, and what it does."""
    (mutation,) = statement.mutations
    texts = (mutation.before, mutation.after, statement.text)
    before, after, whole = (textwrap.shorten(text, 100) for text in texts)
    within = "" if whole.startswith(before) else f" in {whole}"
    return f"{statement.file}:{mutation.line}: {before} -> {after}{within}"
