"""Mutants are the package but for one change, and find the tests that may notice it."""

import ast

import mutants
from mutation.imports import Imports

SOURCE = '''"""The sum of 1 and 2."""
def é(a: int = 1, *, b: "list[2]" = None) -> int:
    """Adds 3."""
    print(4, a + b)
    a += b
    a.sort()
    if (a <
            b) and not b:
        raise ValueError(a + 5)
    return f"{a + 6}" if a is not None else (b) * 0.5


if __name__ == "__main__":
    é(7)
'''


def test_all_that_counts_is_mutated_and_nothing_else():
    statements = mutants.Finder(SOURCE.encode()).statements("a.py")
    found = [
        (mutation.line, " ".join(mutation.before.split()), " ".join(mutation.after.split()))
        for statement in statements
        for mutation in statement.mutations
    ]
    value = 'f"{a + 6}" if a is not None else (b) * 0.5'
    assert sorted(found) == [
        (2, "1", "2"),
        (5, "a += b", "pass"),
        (6, "a.sort()", "pass"),
        (7, "(a < b) and not b", "(a < b) or not b"),
        (7, "(a < b) and not b", "not ((a < b) and not b)"),
        (7, "a < b", "a <= b"),
        (10, "(b) * 0.5", "(b) / 0.5"),
        (10, "0.5", "1.0"),
        (10, "a is not None", "a is None"),
        (10, "a is not None", "not (a is not None)"),
        (10, value, "None"),
    ]


def test_mutants_parse_and_differ(root):
    drawn = mutants.drawn(mutants.candidates(root), 60, seed=0)
    assert len(drawn) == 60
    for statement in drawn:
        source = (root / statement.file).read_bytes()
        changed = statement.mutations[0].applied(source)
        assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(source)), mutants.shown(statement)


def test_code_that_moves_gives_the_same_mutants():
    statements = list(mutants.Finder(SOURCE.encode()).statements("a.py"))
    moved = list(mutants.Finder(b"import os\n\n" + SOURCE.encode()).statements("b.py"))

    def texts(drawn):
        return [(one.text, one.mutations[0].before, one.mutations[0].after) for one in drawn]

    assert texts(mutants.drawn(statements, 4, 0)) == texts(mutants.drawn(moved, 4, 0))
    assert texts(mutants.drawn(statements, 4, 0)) != texts(mutants.drawn(statements, 4, 1))


def test_the_nearest_tests_come_first(root):
    imports = Imports(root)
    assert imports.of("gen2d.networks.mlp")[0] == "tests/unit/test_networks.py"
    assert "tests/unit/test_densities.py" in imports.of("gen2d.densities.moons")[:5]
    assert imports.of("gen2d.methods.gan")[0] == "tests/unit/test_method_losses.py"
    by_registry = imports.of("gen2d.methods.dsm_single")
    asked = {"test_method_contracts", "test_method_scores", "test_learning"}
    assert {f"tests/unit/{name}.py" for name in asked} <= set(by_registry[:25])
