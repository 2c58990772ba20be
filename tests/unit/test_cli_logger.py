"""The bar that `make` shows on a terminal, and that it shows none elsewhere."""

import io
import logging
import os
import pty
import subprocess
from contextlib import redirect_stderr
from types import SimpleNamespace

import pytest
from snakemake_interface_logger_plugins.common import LogEvent

import snakemake_logger_plugin_gen2d as plugin
from gen2d.plan.stages import STAGES


@pytest.fixture
def said():
    """Gives a handler records of a run, one after the other; returns what it writes of each."""
    stream, settings = io.StringIO(), SimpleNamespace(nocolor=True, dryrun=False)
    with redirect_stderr(stream):
        handler = plugin.LogHandler(settings, None)
    handler.setFormatter(logging.Formatter("%(message)s"))

    def say(event=None, level=logging.INFO, message="", **told):
        record = logging.LogRecord("snakemake", level, "", 0, message, None, None)
        vars(record).update(told, event=event)
        with redirect_stderr(stream):
            handler.emit(record)
        written = stream.getvalue().replace("\r\x1b[K", "")
        stream.seek(0), stream.truncate()
        return written

    say.settings = settings
    return say


def job(said, number, rule, message):
    return said(LogEvent.JOB_INFO, jobid=number, rule_name=rule, rule_msg=message)


STATS = {"train_model": 1, "draw_points": 10, "total": 11}


def test_work_is_weighted_by_what_jobs_cost(said):
    said(LogEvent.RUN_INFO, stats=STATS, message="11 jobs")
    assert "  0%, 0 of 11 jobs; Training dsm" in job(said, 1, "train_model", "Training dsm")
    of_training = said(LogEvent.JOB_FINISHED, job_id=1)  # 25 s of 40
    assert of_training.startswith("[" + "#" * 15 + " " * 9 + "]  62%, 1 of 11 jobs")
    assert "min left; Training dsm" in of_training
    for number in range(2, 12):
        job(said, number, "draw_points", "Drawing")
        last = said(LogEvent.JOB_FINISHED, job_id=number)
    assert last == "11 jobs done\n"
    assert said(message="Complete log") == "Complete log\n"


def test_what_went_wrong_is_said_in_lines_of_its_own(said):
    said(LogEvent.RUN_INFO, stats=STATS)
    job(said, 1, "train_model", "Training dsm")
    assert said(message="Select jobs to execute...") == ""
    assert said(level=logging.WARNING, message="little disk") == "little disk\n"
    assert "1 of 11" not in said(LogEvent.JOB_ERROR, logging.ERROR, "it failed")
    assert said(LogEvent.JOB_FINISHED, job_id=1, message="Finished") == "Finished\n"


def test_a_dry_run_has_no_bar(said):
    said.settings.dryrun = True
    assert said(LogEvent.RUN_INFO, stats=STATS, message="11 jobs") == "11 jobs\n"
    told = said(LogEvent.JOB_INFO, jobid=1, rule_name="train_model", rule_msg="T", message="Job")
    assert told == "\nJob\n"


def test_the_rules_that_cost_more_are_there():
    assert plugin.SECONDS.keys() <= {stage.rule for stage in STAGES.values()}


@pytest.mark.parametrize("target", ["study", "quick"])
def test_make_asks_for_a_bar_on_a_terminal_alone(root, target):
    command = ["make", "-n", "-o", ".venv/study", target]
    plain = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    assert "snakemake --cores all" in plain and "--logger" not in plain
    own, others = pty.openpty()
    shown = subprocess.run(
        command, cwd=root, stdout=subprocess.PIPE, stderr=others, text=True, check=True
    ).stdout
    os.close(own), os.close(others)
    assert "--logger gen2d" in shown
