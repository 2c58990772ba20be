"""The jobs of a study, the spec of each, and which jobs an edit reruns.

Snakemake imports this package to plan, so it imports neither numpy nor torch.
"""
