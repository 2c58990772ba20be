"""Templates of `gen2d new`, which run as they are; `example` becomes the name of the plug-in."""
