"""One file per stage of the pipeline: read files, call the study's code, write files.

Each has a function `run(job)`, of what a `gen2d.job.Job` reads and writes.
"""
