"""The report, section by section: what each says in Python, how it looks in Typst beside it."""
