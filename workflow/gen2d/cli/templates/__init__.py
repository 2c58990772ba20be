"""What `gen2d new` writes, as files that run; `example` becomes the name that is asked for."""
