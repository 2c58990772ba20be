"""The explorer: an interactive page of the study's results."""
