"""What the study found, as sentences that tests decide; every number comes from a table."""

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pandas as pd

from gen2d.metrics.statistics import paired_test
from gen2d.metrics.status import DIVERGED, INFINITE

METRIC_NAMES = {
    "energy_distance": "energy distance",
    "mmd2_small": "MMD² at the smallest bandwidth",
    "mmd2_ladder": "MMD² over all bandwidths",
    "total_variation": "total variation over cells",
    "off_support": "share of samples off the support",
    "kl": "KL divergence, nats",
    "density_tv": "total variation of densities",
    "nll": "negative log-likelihood, nats",
    "generalisation_gap": "generalisation gap, nats",
}


def readable(name: str) -> str:
    """A name of the config as people read it."""
    return name.replace("_", " ")


def listed(names: Iterable[str]) -> str:
    """a; a and b; a, b and c."""
    *rest, last = map(readable, names)
    return f"{', '.join(rest)} and {last}" if rest else last


def p_value(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


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
    """A formatted number with a true minus sign, and none on zero."""
    return number.replace("-", "−" if float(number) else "")


def judge(
    comparisons: pd.DataFrame, model: str, other: str, metric: str, alpha: float
) -> list[str]:
    """Sentences on where a model is worse than, better than or no different from another.

    Worse and better mean a paired t-test over seeds with Holm-adjusted p < alpha.
    """
    rows = comparisons.query("model == @model and other == @other and metric == @metric")
    parts = []
    for word, chosen in (
        ("higher than", (rows["p_holm"] < alpha) & (rows["difference"] > 0)),
        ("lower than", (rows["p_holm"] < alpha) & (rows["difference"] < 0)),
        ("not distinguishable from", rows["p_holm"] >= alpha),
    ):
        if chosen.any():
            cells = rows[chosen]
            differences = ", ".join(
                f"{readable(row.dataset)} {'+' if row.difference > 0 else ''}"
                f"{thousandths(row.difference)} ({p_value(row.p_holm)})"
                for row in cells.itertuples()
            )
            parts.append(f"{word} that of {readable(other)} on {differences}")
    unknown = rows.loc[rows["p_holm"].isna(), "dataset"]
    if len(unknown):
        parts.append(f"without a test on {listed(unknown)} (fewer than two seeds)")
    if not parts:
        return []
    name = METRIC_NAMES.get(metric, readable(metric))
    return [f"Its {name} is {'; '.join(parts)}. Differences are means over seeds, times 1000."]


def loss_trend(losses: pd.DataFrame, alpha: float) -> list[str]:
    """Whether the training loss ends below where it begins: its first tenth against its last."""
    parts = [
        f"{word} on {', '.join(f'{readable(name)} ({values})' for name, values in cells)}"
        for word, cells in _loss_trends(losses, alpha).items()
        if cells
    ]
    if not parts:
        return []
    return [f"Its training loss, first against last tenth of training, {'; '.join(parts)}."]


def _loss_trends(losses: pd.DataFrame, alpha: float) -> dict[str, list[tuple[str, str]]]:
    """Data sets, with first and last loss, by what a paired t-test over seeds says of the loss.

    Without those of which there is no test.
    """
    trends: dict[str, list[tuple[str, str]]] = {"falls": [], "rises": [], "does not change": []}
    for dataset, part in losses.groupby("dataset", sort=False):
        wide = part.pivot(index="step", columns="seed", values="loss_train")
        wide = wide.dropna(axis="columns")
        if len(wide) < 2:
            continue
        tenth = max(1, len(wide) // 10)
        first, last = wide.iloc[:tenth].mean(), wide.iloc[-tenth:].mean()
        test = paired_test(last.to_numpy(), first.to_numpy())
        if np.isnan(test.p_value):
            continue
        values = f"{signed(f'{first.mean():.3g}')} to {signed(f'{last.mean():.3g}')}"
        direction = "falls" if test.mean_difference < 0 else "rises"
        trend = direction if test.p_value < alpha else "does not change"
        trends[trend].append((dataset, values))
    return trends


def loss_excess(losses: pd.DataFrame) -> list[str]:
    """How far above the exact floor the hold-out loss ends."""
    parts = []
    for dataset, part in losses.groupby("dataset", sort=False):
        last = part["step"] > 0.8 * part["step"].max()
        seeds = part[last].groupby("seed")["loss_holdout"].mean().dropna()
        floor = part["floor"].iloc[0]
        if np.isnan(floor) or seeds.empty:
            continue
        beside = f"floor {nats(floor)}, {nats(seeds.mean() - floor)} above"
        parts.append(f"{readable(dataset)} {nats(seeds.mean())} ({beside})")
    if not parts:
        return []
    return [
        "Its hold-out loss over the last fifth of training, beside the least that any function can"
        f" reach: {'; '.join(parts)}. A curve that looks flat can be a good fit, and curves of"
        " different data sets cannot be compared."
    ]


def divergence(summary: pd.DataFrame, model: str) -> list[str]:
    """Which seeds diverged, if any did."""
    cells = summary.query("model == @model").drop_duplicates("dataset")
    cells = cells[cells["n_diverged"] > 0]
    if cells.empty:
        return []
    parts = [f"{r.n_diverged} of {r.n_seeds} on {readable(r.dataset)}" for r in cells.itertuples()]
    return [
        f"Seeds that diverged: {', '.join(parts)}; they are left out of means and tests of the"
        " metrics."
    ]


def missing_values(metrics: pd.DataFrame) -> list[str]:
    """What happened to the seeds whose values are missing: of which model, on which data set."""
    rows = metrics[metrics["status"].isin([DIVERGED, INFINITE])]
    rows = rows.assign(
        note=rows["note"]
        .str.replace(r"at training step \d+", "in training", regex=True)
        .str.replace(r": \d.*", "", regex=True)
    )
    n_seeds = metrics["seed"].nunique()
    parts = []
    for (note, model), part in rows.groupby(["note", "model"], sort=False):
        n_missing = part.groupby("dataset", sort=False)["seed"].nunique()
        cells = [
            f"{readable(dataset)} ({n} of {n_seeds} seeds)" for dataset, n in n_missing.items()
        ]
        parts.append(f"{readable(model)} on {', '.join(cells)}: {note}")
    return parts


def about_model(
    model: str,
    losses: pd.DataFrame | None,
    summary: pd.DataFrame,
    comparisons: pd.DataFrame,
    others: Iterable[str],
    alpha: float,
) -> list[str]:
    """All sentences on one model; `losses` of one that was trained."""
    sentences = [*divergence(summary, model)]
    for other in others:
        for metric in ("energy_distance", "mmd2_small"):
            sentences += judge(comparisons, model, other, metric, alpha)
    if losses is None:
        return sentences
    return [*sentences, *loss_excess(losses), *loss_trend(losses, alpha)]


def lowest_rank(summary: pd.DataFrame, models: list[str], metric: str) -> str | None:
    """The model with the lowest mean rank over data sets; the last where all its seeds diverged."""
    rows = summary[summary["model"].isin(models) & (summary["metric"] == metric)]
    means = rows.pivot(index="model", columns="dataset", values="mean")
    if not means.notna().any(axis=None):
        return None
    return means.rank(na_option="bottom").mean(axis=1).idxmin()


def headline(
    comparisons: pd.DataFrame,
    overall: pd.DataFrame,
    models: list[str],
    baselines: Mapping[str, str],
    alpha: float,
) -> str:
    """The answer: how many cells are above the floor of two true samples, and who comes closest."""
    rows = comparisons[
        comparisons["model"].isin(models) & (comparisons["other"] == baselines.get("truth"))
    ]
    tested = rows[(rows["metric"] == "mmd2_small") & rows["p_holm"].notna()]
    worse = tested[(tested["p_holm"] < alpha) & (tested["difference"] > 0)]
    if len(tested):
        sentence = (
            f"By MMD² at the smallest bandwidth, {len(worse)} of {len(tested)} cells (a model on a"
            " data set) are shown to be worse than fresh draws of the truth (paired t-tests over"
            f" seeds, Holm-adjusted p < {alpha:.2g})"
        )
    elif "truth" in baselines:
        sentence = (
            "Too few seeds without divergence for a test of whether models are worse than fresh"
            " draws of the truth"
        )
    else:
        sentence = "Without the truth baseline there are no fresh draws to compare with"
    finite = np.isfinite(overall["iqm"].astype(float))  # of no type where the table has no rows
    pooled = overall[overall["model"].isin(models) & finite]
    if pooled.empty:
        return sentence + "."
    lowest = [
        f"that of {readable(row.model)}, {factor(row.iqm, row.low, row.high)}"
        for row in pooled.nsmallest(2, "iqm").itertuples()
    ]
    return (
        f"{sentence}. Over all runs the lowest interquartile mean, in units of"
        f" {readable(baselines['resample'])}, is {', before '.join(lowest)}."
    )


def gaussian_distance(summary: pd.DataFrame, models: list[str], gaussian: str) -> str:
    """How far a Gaussian is from the truth, and the nearest model: KL, by data set."""
    rows = summary[(summary["metric"] == "kl") & (summary["n_diverged"] == 0)]  # nor infinite
    means = rows.pivot(index="dataset", columns="model", values="mean")
    stated = means[means.columns.intersection(models)].dropna(how="all")
    if gaussian not in means or stated.empty:
        return ""
    parts = [
        f"{readable(dataset)} {nats(means.at[dataset, gaussian])}"
        f" ({readable(row.idxmin())} {nats(row.min())})"
        for dataset, row in stated.iterrows()
    ]
    return (
        f" KL divergence of {readable(gaussian)}, in nats, and in brackets the model with"
        f" the least mean: {', '.join(parts)}."
    )


def abstract(
    summary: pd.DataFrame,
    comparisons: pd.DataFrame,
    overall: pd.DataFrame,
    judged: list[str],
    baselines: Mapping[str, str],
    alpha: float,
) -> str:
    """The report in short; `baselines` holds the model of each baseline method."""
    if not judged:
        answer = "There are baselines alone, and no model to set beside them."
    else:
        answer = headline(comparisons, overall, judged, baselines, alpha)
    return answer + gaussian_distance(summary, judged, baselines.get("gaussian", ""))


def coursework_claims(
    losses: dict[str, pd.DataFrame], comparisons: pd.DataFrame, floor: str | None, alpha: float
) -> list[dict[str, str]]:
    """What the coursework found, each claim that was tested with a verdict and its evidence."""
    claims = []
    if "dsm_coursework" in losses and floor:
        rows = comparisons.query(
            "model == 'dsm_coursework' and other == @floor and metric == 'mmd2_small'"
        )
        claims += _dsm_claim(rows[rows["p_holm"].notna()], floor, alpha)
    if "ebm_coursework" in losses:
        claims += _ebm_claim(losses["ebm_coursework"], alpha)
    return claims


def _dsm_claim(tested: pd.DataFrame, floor: str, alpha: float) -> list[dict[str, str]]:
    named = {"checkerboard": True, "gaussian_mixture": True, "spiral": False, "pinwheel": False}
    known = {name: well for name, well in named.items() if name in set(tested["dataset"])}
    if not known:
        return []
    missed = set(tested.loc[(tested["p_holm"] < alpha) & (tested["difference"] > 0), "dataset"])
    agree = [name for name, well in known.items() if (name not in missed) == well]
    words = f"{len(agree)} of {len(known)} data sets"
    words += f", {listed(agree)}" if agree else ""
    return [
        {
            "claim": "Denoising score matching goes well on checkerboard and Gaussian mixture, less"
            " well on spiral and pinwheel.",
            "verdict": "Holds here." if len(agree) == len(known) else "Does not hold here.",
            "evidence": "Going well means that MMD² at the smallest bandwidth is not higher than"
            f" that of {readable(floor)} (paired t-test over seeds, Holm-adjusted p < {alpha:.2g});"
            f" with that the claim holds on {words}.",
        }
    ]


def _ebm_claim(losses: pd.DataFrame, alpha: float) -> list[dict[str, str]]:
    trends = _loss_trends(losses, alpha)
    if not any(trends.values()):
        return []
    falling = [name for name, _ in trends["falls"]]
    words = f"falls on {listed(falling)}" if falling else "falls on no data set"
    verdict = "Not refuted here." if trends["does not change"] else "Holds here."
    verdict = "Does not hold here." if falling else verdict
    return [
        {
            "claim": "Energy-based training fails to find a decreasing loss.",
            "verdict": verdict,
            "evidence": f"From the first to the last tenth of training the loss {words} (paired"
            f" t-test over seeds, p < {alpha:.2g}). The loss contrasts data with the model's own"
            " negatives: it is 0 where both have one law, as for any constant energy, so it need"
            " not fall, and falling it would prove nothing; the metrics are what judges.",
        }
    ]


def factor(value: float, low: float, high: float) -> str:
    """A ratio with its interval, if there is one; infinite where too many seeds diverged."""
    digits = [2 if abs(x) < 100 else 3 for x in (value, low, high)]
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
