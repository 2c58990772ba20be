"""Two-dimensional densities with exact samplers, log-densities and Gaussian-smoothed scores."""
