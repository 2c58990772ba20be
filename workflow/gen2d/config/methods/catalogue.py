"""The class of knobs of every method, by its name in the configuration."""

from gen2d.config.methods.base import Model
from gen2d.config.methods.baselines import (
    ExternalKnobs,
    GaussianKnobs,
    KDEKnobs,
    OracleKnobs,
    ResampleKnobs,
    TruthKnobs,
)
from gen2d.config.methods.energies import (
    EBMKnobs,
    MultilevelEBMKnobs,
    PersistentEBMKnobs,
)
from gen2d.config.methods.ensembles import EnsembleKnobs
from gen2d.config.methods.flows import CNFKnobs, DDPMKnobs
from gen2d.config.methods.latents import GANKnobs, VAEKnobs
from gen2d.config.methods.scores import (
    DSMKnobs,
    MultilevelDSMKnobs,
    MultilevelSMKnobs,
    SMKnobs,
)

METHODS: dict[str, type[Model]] = {
    "cnf": CNFKnobs,
    "ddpm": DDPMKnobs,
    "dsm_single": DSMKnobs,
    "dsm_multilevel": MultilevelDSMKnobs,
    "ebm_single": EBMKnobs,
    "ebm_multilevel": MultilevelEBMKnobs,
    "ebm_persistent": PersistentEBMKnobs,
    "ensemble": EnsembleKnobs,
    "external": ExternalKnobs,
    "gan": GANKnobs,
    "gaussian": GaussianKnobs,
    "kde": KDEKnobs,
    "oracle": OracleKnobs,
    "resample": ResampleKnobs,
    "sm_single": SMKnobs,
    "sm_multilevel": MultilevelSMKnobs,
    "truth": TruthKnobs,
    "vae": VAEKnobs,
}
RENAMED_METHODS = {
    "dsm": "dsm_single",
    "ebm": "ebm_single",
    "ebm_defective": "ebm_single",
    "sm": "sm_single",
    "sm_defective": "sm_single",
}
"""{former name: new name} of methods, whose former names no other method takes."""
