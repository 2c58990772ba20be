"""Measures of samples, densities and fields against exact truth, and statistics over seeds."""
