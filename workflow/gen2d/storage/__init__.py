"""Files of a study: written atomically, with a checksum, and checked when they are read."""
