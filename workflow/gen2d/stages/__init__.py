"""One file per stage of the pipeline: read files, call the study's code, write files.

Each has a function `run(spec, **paths)`: the knobs of its job and where its files lie.
"""
