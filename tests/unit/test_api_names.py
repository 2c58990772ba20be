"""What `import gen2d` gives: which names, at what cost, and that their examples hold."""

import ast
import doctest

import pytest

import gen2d
from fresh import python
from gen2d.api import animation, densities, fitting, models, scoring, studies


def test_the_public_names_are_all_there_and_typed(root):
    stub = ast.parse((root / "workflow/gen2d/__init__.pyi").read_text())
    typed = {a.asname for n in stub.body if isinstance(n, ast.ImportFrom) for a in n.names}
    assert typed == set(gen2d.__all__) == set(gen2d._HOMES) <= set(dir(gen2d))
    assert all(callable(getattr(gen2d, name)) for name in gen2d.__all__)
    assert (root / "workflow/gen2d/py.typed").exists()
    with pytest.raises(AttributeError, match="module gen2d has no attribute nothing"):
        gen2d.nothing  # noqa: B018


def test_an_import_loads_no_library_and_a_density_no_torch(root):
    heavy = "[m for m in ('torch', 'scipy', 'pandas', 'numpy', 'pydantic') if m in sys.modules]"
    said = python(root, f"import gen2d, sys; print({heavy})").stdout
    assert said.strip() == "[]"
    code = "import gen2d, sys; gen2d.density('spiral').sample(3, rng=0)"
    assert (
        python(root, f"{code}; print({heavy})").stdout.strip() == "['scipy', 'numpy', 'pydantic']"
    )


def test_an_import_takes_less_than_a_tenth_of_a_second(root):
    """Without what Python itself takes; by the processor's time, which others do not share."""
    code = "import time; t = time.process_time(); import gen2d; print(time.process_time() - t)"
    assert float(python(root, code).stdout) < 0.1


@pytest.mark.parametrize(
    "module", [animation, densities, fitting, models, scoring, studies], ids=lambda m: m.__name__
)
def test_examples_hold(module):
    failed, tried = doctest.testmod(module)
    assert failed == 0
    assert tried or module is models


def test_every_public_name_has_an_example_and_names_its_errors():
    for name in gen2d.__all__:
        text = getattr(gen2d, name).__doc__
        assert ">>> import gen2d" in text, name
        assert "Raises:" in text or name == "list_densities", name
