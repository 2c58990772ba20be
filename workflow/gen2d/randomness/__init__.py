"""Where every random number comes from."""
