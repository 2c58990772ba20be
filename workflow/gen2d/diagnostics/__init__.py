"""Diagnostics that need both methods and metrics: learned densities and scores, error sources."""
