"""The source of all random numbers: named streams of the study seed."""
