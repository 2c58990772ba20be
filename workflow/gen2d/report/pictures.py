"""Figures as embedded images of the web page, each with its state of the explorer.

For every figure of the default study, WebP is smaller than SVG, even at two pixels per point. Plots
of lines have few colours and are coded without loss, all others with little loss.
"""

import base64
import io
from concurrent.futures import ThreadPoolExecutor
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
PAGE = f"""
#set page(width: {WIDTH / 2}pt, height: auto, margin: 0pt)
#image("/" + sys.inputs.path, width: 100%)
"""
N_THREADS = 2  # Typst and WebP work without Python's lock


def pictures(job: Job[ReportKnobs]) -> dict[str, dict[str, object]]:
    """The page's data on every figure, by the path of its vector file below the results' folder."""
    cells = [(stage, cell) for stage in FIGURES for cell in job.cells(stage.name)]
    paths = [job.figure(stage.name, **cell) for stage, cell in cells]
    with ThreadPoolExecutor(N_THREADS) as pool:
        images = pool.map(lambda path: image(job.results, path), paths)
    return {
        path: {
            "id": f"figure-{Path(path).stem}",
            "src": f"data:image/webp;base64,{base64.b64encode(encoded).decode()}",
            "width": width,
            "height": height,
            "explorer": state(job, stage.figure, cell),
        }
        for (stage, cell), path, (encoded, width, height) in zip(cells, paths, images, strict=True)
    }


def image(folder: Path, path: str) -> tuple[bytes, int, int]:
    """A vector figure below a folder as WebP; its width, which is `WIDTH`, and height in pixels."""
    page = typst.compile(  # type: ignore[call-overload]
        {"main.typ": PAGE.encode()},
        root=str(folder),
        format="png",
        ppi=144,
        sys_inputs={"path": path},
        ignore_system_fonts=True,
    )
    raster = Image.open(io.BytesIO(page)).convert("RGB")
    return webp(raster), *raster.size


def webp(image: Image.Image) -> bytes:
    """An image as WebP, without loss if it has few colours."""
    stream, few = io.BytesIO(), image.getcolors(LINES) is not None
    image.save(stream, "webp", lossless=few, quality=QUALITY)
    return stream.getvalue()
