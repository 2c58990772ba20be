"""Sections of the report: content in Python, and layout in the Typst file of the same name."""
