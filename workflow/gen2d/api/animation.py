"""GIFs of models in training, and of points on their way from noise."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gen2d.config import ConfigError
from gen2d.geometry import COARSE, FINE, View
from gen2d.storage import files

if TYPE_CHECKING:
    from gen2d.api.models import Models

KINDS = {"training": 2.5, "sampling": 8.0}
"""Kinds of animation, with their frames per second."""
HELD = 2.0  # seconds that the last frame stays
SIDE, DPI = 4.0, 110
GREY, BLUE = "#8c8c8c", "#0072b2"
PEAK, DARKEST = 0.995, 0.6  # quantile of a density, and the share of the colours that it reaches
N_COLOURS = 64


class Frame(NamedTuple):
    """The content of one picture; None for anything that the model lacks."""

    title: str
    points: np.ndarray  # [N, 2]
    scores: np.ndarray | None  # [COARSE^2, 2]
    density: np.ndarray | None  # [FINE^2], up to a factor


def animate(models: "Models", path: str | Path, of: str | None = None) -> None:
    """Writes a GIF of how the first seed learned, or of how it samples; atomically.

    Samples are blue, training points grey. Arrows are the score that moves the points, longer for
    larger scores; models without scores, or with an energy, show their learned density instead.

    Args:
        models: the result of `gen2d.fit`, or of a loaded study's `model`.
        path: must end in .gif.
        of: "training", a dozen snapshots, or "sampling", the way from noise; by default the one
            that the file's name contains, else sampling.

    Raises:
        ValueError: the model is not trained, or samples in one step; or the path ends otherwise.

    >>> import gen2d, tempfile
    >>> models = gen2d.fit("dsm", "moons", seeds=1, training={"n_steps": 20})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     gen2d.animate(models, f"{folder}/training.gif")
    """
    path = Path(path)
    if path.suffix != ".gif":
        raise ConfigError(f"path: expected one that ends in .gif; got '{path}'")
    kind = of or next((kind for kind in KINDS if kind in path.stem), "sampling")
    if kind not in KINDS:
        raise ConfigError(f"of: expected one of {', '.join(KINDS)}; got {of!r}")
    arrays, view, x_train = models.history()
    made = (in_training if kind == "training" else in_sampling)(models.name, arrays)
    try:
        _write(made, view, x_train, path, KINDS[kind])
    except OSError as error:
        raise ConfigError(f"{path}: expected a file to write; got {error.strerror}") from None


def in_training(name: str, arrays: dict[str, np.ndarray]) -> list[Frame]:
    """Frames of training: samples at successive snapshots, from the same noise."""
    if "steps" not in arrays:
        raise ConfigError(f"{name}: expected a model that is trained; got one that is not")
    scores, energies = arrays.get("scores_in_training"), arrays.get("energies")
    return [
        Frame(
            f"{name}, training: step {step}",
            arrays["samples"][i],
            None if scores is None or energies is not None else scores[i],
            None if energies is None else _density(-energies[i]),
        )
        for i, step in enumerate(arrays["steps"])
    ]


def in_sampling(name: str, arrays: dict[str, np.ndarray]) -> list[Frame]:
    """Frames of sampling: points at successive times, then the samples."""
    if not len(arrays.get("times", ())):
        raise ConfigError(f"{name}: expected a model that samples in steps; got one that does not")
    unit, times, path = str(arrays["time_name"]), arrays["times"], arrays["path"]
    scores, log_prob = arrays.get("scores"), arrays.get("log_prob")
    if "energies" in arrays:
        scores, log_prob = None, -arrays["energies"][-1]
    # The density at the end, which is not shown beside scores on the way.
    density = None if scores is not None or log_prob is None else _density(log_prob)
    frames = [
        Frame(
            f"{name}, sampling: {unit} {time:.3g}",
            points,
            None if scores is None else scores[min(i, len(scores) - 1)],
            density,
        )
        for i, (time, points) in enumerate(zip(times, path, strict=True))
    ]
    last = frames[-1]._replace(title=f"{name}, its samples", points=arrays["samples"][-1])
    return [*frames, last]


def _density(log_prob: np.ndarray) -> np.ndarray:
    """exp(log_prob) up to a factor; 0 where it is not finite."""
    known = np.where(np.isfinite(log_prob), log_prob, -np.inf)
    most = known.max()
    density: np.ndarray = np.exp(known - most) if np.isfinite(most) else np.zeros_like(known)
    return density


def _arrows(scores: np.ndarray, spacing: float) -> np.ndarray:
    """Arrows [N, 2] along scores, shorter than the spacing; half of it at the median size."""
    sizes = np.linalg.norm(scores, axis=1, keepdims=True)
    typical = np.median(sizes[np.isfinite(sizes)]) if np.isfinite(sizes).any() else 1.0
    arrows: np.ndarray = spacing * scores / (sizes + max(float(typical), 1e-12))
    arrows[~np.isfinite(arrows)] = 0
    return arrows


def _write(
    frames: list[Frame], view: View, x_train: np.ndarray, path: Path, per_second: float
) -> None:
    import matplotlib as mpl  # here, since it takes longer than all else of this module
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from PIL import Image

    spacing = float(view.high[0] - view.low[0]) / COARSE
    extent = (view.low[0], view.high[0], view.low[1], view.high[1])
    with mpl.rc_context({"figure.constrained_layout.use": False, "figure.facecolor": "white"}):
        figure = Figure(figsize=(SIDE, SIDE + 0.3), dpi=DPI)
        canvas = FigureCanvasAgg(figure)
        axes = figure.add_axes((0.01, 0.01, 0.98, 0.98 * SIDE / (SIDE + 0.3)))
        axes.set(xlim=extent[:2], ylim=extent[2:], aspect="equal", xticks=[], yticks=[])
        axes.spines[:].set_color("#dddddd")
        image = axes.imshow(
            np.zeros((FINE, FINE)), origin="lower", extent=extent, cmap="Oranges", alpha=0.8
        )
        axes.scatter(x_train[:, 0], x_train[:, 1], s=1.5, color=GREY, alpha=0.5, linewidths=0)
        grid = view.grid(COARSE)
        arrows = axes.quiver(
            *grid.T, *np.zeros_like(grid).T, color="#b06a3b", alpha=0.7,
            angles="xy", scale_units="xy", scale=1, width=0.0025,
        )  # fmt: skip
        points = axes.scatter([], [], s=7, color=BLUE, linewidths=0)
        text = figure.text(0.5, 0.975, "", ha="center", va="top", size=10)
        pictures = []
        for frame in frames:
            text.set_text(frame.title)
            points.set_offsets(frame.points)
            arrows.set_visible(frame.scores is not None)
            if frame.scores is not None:
                arrows.set_UVC(*_arrows(frame.scores, spacing).T)
            image.set_visible(frame.density is not None)
            if frame.density is not None:
                image.set_data(frame.density.reshape(FINE, FINE))
                image.set_clim(0, max(np.quantile(frame.density, PEAK) / DARKEST, 1e-12))
            canvas.draw()
            drawn = Image.fromarray(np.asarray(canvas.renderer.buffer_rgba())).convert("RGB")
            pictures.append(drawn.quantize(N_COLOURS, dither=Image.Dither.NONE))
    shown = [1000 / per_second] * (len(pictures) - 1) + [1000 * HELD]  # milliseconds
    with files.atomic(path) as temporary:
        pictures[0].save(
            temporary, save_all=True, append_images=pictures[1:], duration=shown, loop=0
        )
