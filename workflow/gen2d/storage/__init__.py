"""Files of a study: written whole or not at all, sealed, and checked when they are read."""
