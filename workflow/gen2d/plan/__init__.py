"""Which jobs a study has, what each is told, and which jobs an edit touches.

Snakemake imports it to plan, so it imports neither numpy nor torch.
"""
