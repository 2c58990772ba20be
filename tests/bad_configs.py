"""Configurations that must be refused, with the key and words of the one-line message."""

from typing import Any

DSM = "models.dsm_as_described"
EBM = "models.ebm_as_described"
BOARD = "datasets.checkerboard"


def _at(path: str, value: Any) -> dict[str, Any]:
    """An overlay that sets the key with a dotted path."""
    for key in reversed(path.split(".")):
        value = {key: value}
    return value


# (overlay on config.yaml, key in the message, words in the message)
BAD_CONFIGS = [
    (
        _at("models.cnf.training.coupling", "optimal_transport"),
        "models.cnf.training",
        "expected false with coupling optimal_transport; got true",
    ),
    (_at("sedes", 3), "the study", "got 'sedes'"),
    (
        _at("metrics.noise_levels", [0.1, 1, 0.1]),
        "metrics.noise_levels",
        "expected each once; got [0.1, 1",
    ),
    (_at(f"{DSM}.training.batchsize", 64), f"{DSM}.training", "got 'batchsize'"),
    (_at(f"{BOARD}.n_points", 64), BOARD, "got 'n_points'"),
    (_at("seeds", "ten"), "seeds", 'valid integer; got "ten"'),
    (_at("seeds", True), "seeds", "valid integer; got true"),
    (_at("seeds", 0), "seeds", "greater than or equal to 1; got 0"),
    (_at("seeds", 2.5), "seeds", "valid integer; got 2.5"),
    (_at("seeds_per_job", 0), "seeds_per_job", "greater than or equal to 1; got 0"),
    (_at("device", "gpu"), "device", "expected 'cpu', 'cuda' or 'auto'; got \"gpu\""),
    (_at("seed", -1), "seed", "greater than or equal to 0; got -1"),
    (_at(f"{BOARD}.n_train", 2), f"{BOARD}.n_train", "greater than or equal to 3; got 2"),
    (
        _at("datasets.swirl", {"kind": "ffjord_pinwheel", "radial_sd": 0.6}),
        "datasets.swirl",
        "finer swirls take too long to integrate; got rate 0.25 and sd 0.6",
    ),
    (_at("datasets.pinwheel.n_train", 5), "datasets.pinwheel", "n_train: expected 2 n_arms = 6 or"),
    (_at(f"{BOARD}.n_train", 1e3), f"{BOARD}.n_train", "valid integer; got 1000.0"),
    (_at(f"{DSM}.training.batch_size", 0), f"{DSM}.training.batch_size", "got 0"),
    (_at(f"{DSM}.training.noise_level", 0), f"{DSM}.training.noise_level", "greater than 0; got 0"),
    (_at(f"{DSM}.training.learning_rate", "fast"), f"{DSM}.training.learning_rate", 'got "fast"'),
    (_at(f"{DSM}.training.learning_rate", float("inf")), f"{DSM}.training.learning_rate", "finite"),
    (_at(f"{DSM}.sampling.step", -0.1), f"{DSM}.sampling.step", "greater than 0; got -0.1"),
    (
        _at(f"{DSM}.network.hidden", []),
        f"{DSM}.network.hidden",
        "expected 1 or more entries; got []",
    ),
    (_at(f"{DSM}.network.hidden", [64, 0]), f"{DSM}.network.hidden.1", "got 0"),
    (_at(f"{DSM}.network.activation", "sin"), f"{DSM}.network.activation", "'relu' or 'silu'"),
    (
        _at("models.three", {"method": "ensemble", "of": "gan"}),
        "models.three.of",
        "expected one of cnf, ddpm, dsm, ebm, sm, vae; got 'gan'",
    ),
    (_at("models.three", {"method": "ensemble", "of": "kde"}), "models.three.of", "got 'kde'"),
    (_at("models.three", {"method": "ensemble", "of": "dms"}), "models.three.of", "got 'dms'"),
    (_at("models.three", {"method": "ensemble", "of": "three"}), "models.three.of", "got 'three'"),
    (_at("models.three", {"method": "ensemble"}), "models.three.of", "a value; got none"),
    (
        _at("models.three", {"method": "ensemble", "of": "dsm", "members": 1}),
        "models.three.members",
        "greater than or equal to 2; got 1",
    ),
    (_at(f"{DSM}.method", "gann"), f"{DSM}.method", "expected one of cnf, "),
    (_at(f"{DSM}.method", None), f"{DSM}.method", "expected one of cnf, "),
    (_at(f"{EBM}.training.negatives.step_decay", 1.5), f"{EBM}.training.negatives", "got 1.5"),
    (_at("models.ddpm", {"method": "ddpm", "sampling": {"n_steps": 2000}}), "models.ddpm", "1000"),
    (_at(f"{BOARD}.kind", "chess"), f"{BOARD}.kind", "expected one of checkerboard"),
    (
        _at("datasets.pair", {"kind": "gaussians", "means": [[0, 0]], "weights": [1, 2], "sd": 1}),
        "datasets.pair",
        "weights: expected 1, one per mean; got 2",
    ),
    (
        _at("datasets.pair", {"kind": "gaussians", "means": [[0, 0, 0]], "sd": 1}),
        "datasets.pair.means.0",
        "expected at most 2 entries; got [0, 0, 0]",
    ),
    (
        _at("datasets.far", {"kind": "gaussians", "means": [[1e4, 0]], "sd": 0.1}),
        "datasets.far",
        "means: expected their mean to be nearer to 0 than 100000 standard deviations",
    ),
    (
        _at("datasets.two words", {"kind": "spiral"}),
        "datasets.two words",
        "small letters, digits and _",
    ),
    ({"datasets": {"../escape": {"kind": "spiral"}}}, "datasets.../escape", "a letter first; got"),
    (_at("datasets", ["checkerboard"]), "datasets", "valid dictionary"),
    (_at("models", None), "models", "valid dictionary"),
    (_at(DSM, "dsm"), DSM, "dsm"),
    (_at("sweeps.n_train.values", [200, -1]), "sweeps.n_train", "values: n_train: "),
    (_at("sweeps.n_train.key", "training.sd"), "sweeps.n_train", "got training.sd"),
    (_at("sweeps.n_train.models", ["dsm", "kde"]), "sweeps.n_train", "models: expected one of"),
    (_at("sweeps.n_train.model", "dsm"), "sweeps.n_train", "expected models, a list such as"),
    (_at("sweeps.n_train.factors", [0.5, 1]), "sweeps.n_train", "values or factors; got both"),
    (
        _at(
            "sweeps.ebm",
            {"models": ["ebm_as_described"], "key": "training.negatives", "values": [{}, {}]},
        ),
        "sweeps.ebm",
        "key: expected one key; got training.negatives, a section",
    ),
    (
        _at("sweeps.n_train.datasets", ["spiral", "spiral"]),
        "sweeps.n_train",
        "datasets: expected each once; got ['spiral', 'spiral']",
    ),
    (
        _at("datasets.checkerboard__n_train_200", {"kind": "spiral"}),
        "sweeps.n_train",
        "expected no entry named as a cell of it; got checkerboard__n_train_200",
    ),
    (_at("ladders.dsm.rungs", [{"model": "dsm"}]), "ladders.dsm.rungs", "expected 2 or more"),
    (
        _at("ladders.dsm.rungs", [{"model": "dsm"}, {"model": "kde"}]),
        "ladders.dsm",
        "rungs: expected one of dsm_as_run",
    ),
    (
        _at("models.dsm.training.lowest_noise_level", 20),
        "models.dsm.training",
        "expected lowest_noise_level below highest_noise_level; got 20 and",
    ),
    (_at("plugins", ["mine.txt"]), "plugins.0", "expected a path that ends in .py; got"),
    (_at("plugins", ["mine.py"]), "plugins.0", "mine.py: expected a Python file; got"),
    (_at("metrics.n_bandwidths", 0), "metrics.n_bandwidths", "greater than or equal to 1; got 0"),
    (_at("metrics.confidence", 95), "metrics.confidence", "less than 1; got 95"),
    (_at("report.title", ""), "report.title", "expected some text"),
    (_at("pathvars.results", "/tmp/elsewhere"), "pathvars.results", "within results/"),
    (_at("pathvars.results", "results/../.."), "pathvars.results", "within results/"),
]
