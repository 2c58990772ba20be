"""Writes the study's configuration with every knob, so that results are self-contained."""

from gen2d.job import Job
from gen2d.plan.knobs import ConfigKnobs


def run(job: Job[ConfigKnobs]) -> None:
    """Writes results/config.yaml."""
    job.write_text("config", job.knobs.config)
