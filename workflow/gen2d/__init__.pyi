from gen2d.api.animation import animate as animate
from gen2d.api.densities import density as density
from gen2d.api.densities import list_densities as list_densities
from gen2d.api.fitting import fit as fit
from gen2d.api.scoring import score as score
from gen2d.api.studies import load as load

__all__ = ["animate", "density", "fit", "list_densities", "load", "score"]
