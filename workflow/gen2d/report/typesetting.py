"""The report as PDF and as a one-file HTML page, from one Typst source."""

import json
from pathlib import Path

import typst

FOLDER = Path(__file__).parent
MAIN = "study.typ"


def sources() -> dict[str, bytes]:
    """The bytes of Typst's sources by import path, but for those of content and figures."""
    paths = [*FOLDER.rglob("*.typ"), FOLDER / "references.bib", FOLDER / "page.css"]
    named = {str(path.relative_to(FOLDER)): path.read_bytes() for path in sorted(paths)}
    return {"main.typ": named.pop(MAIN), **named}


def typeset(content: object, form: str, figures: Path) -> bytes:
    """The report as bytes of a PDF or of an HTML page.

    Args:
        content: the report's content, serialisable as JSON.
        form: "pdf" or "html".
        figures: folder to which paths of figures are relative.
    """
    # Typst's stubs lack sources given by name.
    compiled, warnings = typst.compile_with_warnings(  # type: ignore[call-overload]
        sources(),
        root=str(figures),
        format=form,
        sys_inputs={"content": json.dumps(content, ensure_ascii=False)},
        timestamp=0,  # equal reports have equal bytes
        ignore_system_fonts=True,
    )
    for warning in warnings:
        print(f"typst: {warning.message}")
    pages: bytes = compiled
    return pages
