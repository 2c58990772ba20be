"""Names, numbers and intervals as the report writes them."""

from collections.abc import Callable, Iterable

import numpy as np

ACRONYMS = {
    "CNF": "continuous normalizing flow",
    "DDPM": "denoising diffusion",
    "DSM": "denoising score matching",
    "EBM": "energy-based model",
    "GAN": "generative adversarial network",
    "KDE": "kernel density estimate",
    "SM": "implicit score matching",
    "VAE": "variational autoencoder",
}


def acronyms(titles: Iterable[str]) -> str:
    """Acronyms in titles of models with their meanings, in one line."""
    used = {word for title in titles for word in readable(title).split()}
    return "; ".join(f"{short}: {long}" for short, long in ACRONYMS.items() if short in used)


def readable(name: str) -> str:
    """A name of the configuration as text."""
    return name.replace("_", " ")


def listed(names: Iterable[str]) -> str:
    """Names as a list in words: "a", "a and b", "a, b and c"."""
    *rest, last = map(readable, names)
    return f"{', '.join(rest)} and {last}" if rest else last


def p_value(p: float) -> str:
    """A p-value to three decimals below 0.1, else to two; "< 0.001" and "> 0.99" at the ends."""
    if p < 0.001:
        return "p < 0.001"
    return "p > 0.99" if p > 0.99 else f"p = {p:.{3 if p < 0.1 else 2}f}"


def p_cell(p: float) -> str:
    """A p-value for a column of p-values; a dash for no test."""
    return "–" if np.isnan(p) else p_value(p).removeprefix("p = ").removeprefix("p ")


def thousandths(value: float) -> str:
    """A distance in units of 1e-3: three significant digits, three decimals at most."""
    scaled = 1e3 * value
    if abs(scaled) >= 1e7:
        return signed(f"{scaled:.3g}")
    if abs(scaled) >= 1000:
        return signed(f"{scaled:.0f}")
    return signed(f"{scaled:.3g}" if abs(scaled) >= 0.1 else f"{scaled:.3f}")


def nats(value: float) -> str:
    """A loss or a difference of log-densities, to three decimals."""
    return signed(f"{value:.3f}")


def signed(number: str) -> str:
    """A formatted number with a true minus sign, but none on zero."""
    return number.replace("-", "−" if float(number) else "")


def factor(value: float, low: float, high: float) -> str:
    """A ratio with its interval, if there is one; infinite if too many seeds diverged."""
    # 1.01 must not be rounded to 1, since 1 is as good as the unit.
    digits = [2 if abs(x) < 0.95 or 1.05 < abs(x) < 100 else 3 for x in (value, low, high)]
    shown = [signed(f"{x:.{n}g}") for x, n in zip((value, low, high), digits, strict=True)]
    mean, *ends = (text.replace("inf", "∞") for text in shown)
    return mean if np.isnan(low) else f"{mean} [{', '.join(ends)}]"


def interval(
    mean: float, low: float, high: float, shown: Callable[[float], str] = thousandths
) -> str:
    """A mean and its interval, if there is one; a dash for neither."""
    if np.isnan(mean):
        return "–"
    if np.isnan(low):
        return shown(mean)
    return f"{shown(mean)} [{shown(low)}, {shown(high)}]"


def span(least: float, most: float) -> str:
    """A range of percentages, or one percentage if both are written the same."""
    return " to ".join(dict.fromkeys((percent(least), percent(most))))


def percent(value: float) -> str:
    """A percentage without its sign, to a tenth from 90 on, where models differ by less than 1."""
    return signed(f"{value:.1f}" if value >= 90 else f"{value:.0f}")
