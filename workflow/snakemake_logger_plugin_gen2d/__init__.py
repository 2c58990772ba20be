"""Snakemake's log, with a progress bar in place of its lines about jobs.

`make` selects it, by `--logger gen2d`, if its output is a terminal.
"""

import logging
import math
import shutil
import sys
import time

from snakemake.logging import ColorizingTextHandler
from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

SECONDS = {
    "train_model": 25.0,
    "measure_error_sources": 8.0,
    "sample_model": 7.0,
    "measure_likelihood": 7.0,
    "record_history": 5.0,
    "trace_chains": 3.5,
    "evaluate_samples": 3.0,
}
"""Approximate seconds of a rule's job in the default study; jobs of other rules take `OTHER`."""
OTHER = 1.5
WIDTH = 24  # of the bar, letters


class LogHandler(LogHandlerBase):
    """Prints Snakemake's log, without the lines that the bar replaces."""

    writes_to_stream = True
    writes_to_file = has_filter = has_formatter = needs_rulegraph = False

    def __post_init__(self) -> None:
        self.text = ColorizingTextHandler(self.common_settings.nocolor, sys.stderr)
        self.work = self.done = 0.0  # seconds of all jobs, and of those that are done
        self.n_jobs = self.n_done = 0
        self.rules: dict[int, str] = {}
        self.message, self.start = "", time.monotonic()

    def emit(self, record: logging.LogRecord) -> None:
        event, told = getattr(record, "event", None), vars(record)
        if event == LogEvent.RUN_INFO and not self.common_settings.dryrun:
            counts = {rule: n for rule, n in told["stats"].items() if rule != "total"}
            self.work = sum(n * SECONDS.get(rule, OTHER) for rule, n in counts.items())
            self.n_jobs = sum(counts.values())
        elif event in (LogEvent.JOB_ERROR, LogEvent.GROUP_ERROR):
            self.work = 0.0  # no bar from now on: messages get lines of their own
        if not self.work or record.levelno > logging.INFO:
            self._write("")
            self.text.setFormatter(self.formatter)
            self.text.emit(record)
        elif event == LogEvent.JOB_INFO:
            self.rules[told["jobid"]] = told["rule_name"]
            self.message = told["rule_msg"] or told["rule_name"]
            self._write(self.bar())
        elif event == LogEvent.JOB_FINISHED:
            self.done += SECONDS.get(self.rules[told["job_id"]], OTHER)
            self.n_done += 1
            is_end = self.n_done == self.n_jobs
            self._write(f"{self.n_jobs} jobs done\n" if is_end else self.bar())
            self.work *= not is_end

    def bar(self) -> str:
        """Text of the bar: share of the work done, number of jobs, estimate of the time left."""
        share = min(self.done / self.work, 1.0)
        took = time.monotonic() - self.start
        minutes = took * (1 / share - 1) / 60 if share > 0.02 else 0.0
        left = f", {math.ceil(minutes)} min left" if minutes else ""
        drawn = f"{'#' * int(WIDTH * share):<{WIDTH}}"
        text = f"[{drawn}] {share:4.0%}, {self.n_done} of {self.n_jobs} jobs{left}; {self.message}"
        return text[: shutil.get_terminal_size().columns - 1]

    def _write(self, text: str) -> None:
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()
