"""The knobs of every method, by family."""
