"""Figures as embedded images of the web page, each with its state of the explorer.

For every figure of the default study, WebP is smaller than SVG, even at two pixels per point. Plots
of lines have few colours and are coded without loss, all others with little loss.
"""

import base64
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import typst
from PIL import Image

from gen2d.job import Job
from gen2d.plan.figures import FIGURES
from gen2d.plan.page_knobs import ReportKnobs
from gen2d.report.explored import state

WIDTH = 1344
"""Width of images in pixels, twice that of the page's text."""
LINES = 2500  # largest number of colours of a plot of lines; points and densities have more
QUALITY = 85  # of WebP with loss, percent
PAGES = """
#set page(width: {width}pt, height: auto, margin: 0pt)
#for (i, path) in json(bytes(sys.inputs.paths)).enumerate() {{
  if i > 0 {{ pagebreak() }}
  image("/" + path, width: 100%)
}}
"""


def pictures(job: Job[ReportKnobs]) -> dict[str, dict[str, object]]:
    """The page's data on every figure, by the path of its vector file below the results' folder."""
    cells = [(stage, cell) for stage in FIGURES for cell in job.cells(stage.name)]
    paths = [job.figure(stage.name, **cell) for stage, cell in cells]
    images = rasters(job.results, paths)
    shown = {}
    for (stage, cell), path, image in zip(cells, paths, images, strict=True):
        encoded = base64.b64encode(webp(image)).decode()
        shown[path] = {
            "id": f"figure-{Path(path).stem}",
            "src": f"data:image/webp;base64,{encoded}",
            "width": image.width,
            "height": image.height,
            "explorer": state(job, stage.figure, cell),
        }
    return shown


def rasters(folder: Path, paths: Sequence[str]) -> Iterator[Image.Image]:
    """Images, `WIDTH` pixels wide, of vector figures below a folder."""
    pages = typst.compile(  # type: ignore[call-overload]
        {"main.typ": PAGES.format(width=WIDTH / 2).encode()},
        root=str(folder),
        format="png",
        ppi=144,
        sys_inputs={"paths": json.dumps(paths)},
        ignore_system_fonts=True,
    )
    pages = pages if isinstance(pages, list) else [pages]  # one page is not in a list
    for page in pages:
        yield Image.open(io.BytesIO(page)).convert("RGB")


def webp(image: Image.Image) -> bytes:
    """An image as WebP, without loss if it has few colours."""
    stream, few = io.BytesIO(), image.getcolors(LINES) is not None
    image.save(stream, "webp", lossless=few, quality=QUALITY)
    return stream.getvalue()
