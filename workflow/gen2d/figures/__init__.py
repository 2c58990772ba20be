"""One file per figure: from tidy tables and arrays to a matplotlib figure."""
