"""One file per generative method; `gen2d.config.METHODS` is their registry."""
