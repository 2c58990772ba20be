"""One file per figure: tidy tables and arrays in, a matplotlib figure out."""
