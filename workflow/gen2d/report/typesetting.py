"""The report as PDF and as a one-file HTML page, from one Typst source."""

import json
from pathlib import Path

import typst

FOLDER = Path(__file__).parent
MAIN = "study.typ"


def sources() -> dict[str, bytes]:
    """What Typst reads but for content and figures, by the names that they know each other by."""
    paths = [*FOLDER.rglob("*.typ"), FOLDER / "references.bib", FOLDER / "page.css"]
    named = {str(path.relative_to(FOLDER)): path.read_bytes() for path in sorted(paths)}
    return {"main.typ": named.pop(MAIN), **named}


def typeset(content: object, form: str, figures: Path) -> bytes:
    """The report in a form, "pdf" or "html".

    Args:
        content: what it shows, as JSON knows it.
        figures: the folder that paths of figures are below.
    """
    # Its stubs leave out that sources may be given by name.
    compiled, warnings = typst.compile_with_warnings(  # type: ignore[call-overload]
        sources(),
        root=str(figures),
        format=form,
        sys_inputs={"content": json.dumps(content, ensure_ascii=False)},
        timestamp=0,  # equal reports, equal bytes
        ignore_system_fonts=True,
    )
    for warning in warnings:
        print(f"typst: {warning.message}")
    pages: bytes = compiled
    return pages
