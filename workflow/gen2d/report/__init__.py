"""The report: its content, computed from tables, and its Typst source."""
