"""The explorer: a page to play with what the study made."""
