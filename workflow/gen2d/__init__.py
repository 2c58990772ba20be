"""gen2d: generative models in two dimensions, measured against exact truth."""
