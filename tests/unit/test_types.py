"""What the type checker cannot be asked: signatures of what jobs run say their types."""

import ast


def annotations(function):
    """The text of each annotation of a function; "none" where one is missing."""
    of = function.args
    every = [*of.posonlyargs, *of.args, *of.kwonlyargs, *filter(None, (of.vararg, of.kwarg))]
    given = [one.annotation for one in every if one.arg not in ("self", "cls")]
    return ["none" if one is None else ast.unparse(one) for one in (*given, function.returns)]


def test_no_signature_is_open(root):
    package = root / "workflow/gen2d"
    checked = 0
    folders = ("stages", "figures", "explorer")
    sources = [file for folder in folders for file in (package / folder).glob("*.py")]
    for source in (package / "job.py", *sources):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name != "__init__":
                names = " ".join(annotations(node)).replace("'", " ")
                assert "none" not in names.split(), f"{source.name}: {node.name}"
                assert "Any" not in names, f"{source.name}: {node.name}"
                checked += 1
    assert checked > 80
