"""The report: what was found, computed from tables, and the Typst source that sets it."""
