"""One file per stage of the pipeline: read files, call the study's code, write files.

Each has a function `run(job)`; the `gen2d.job.Job` reads the inputs and writes the outputs.
"""
