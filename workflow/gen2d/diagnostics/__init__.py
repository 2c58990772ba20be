"""What needs methods and metrics both: learned densities and scores, sources of error."""
