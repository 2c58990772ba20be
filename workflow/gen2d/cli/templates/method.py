from typing import ClassVar, Literal

import torch

from gen2d.config import Model, Training
from gen2d.methods.trained import TrainedMethod


class ExampleKnobs(Model):  # knobs in the configuration; pydantic checks them
    implementation: ClassVar[str] = "Example"
    method: Literal["example"]
    training: Training = Training()


class Example(TrainedMethod):  # the K seeds of a block train together
    def __init__(self, knobs, task):
        super().__init__(knobs, task)
        self.mean = torch.nn.Parameter(torch.zeros(len(task.x_train), 1, 2))

    def losses(self, x, noise):  # points [K, B, 2] of K seeds -> losses [K]
        return (x - self.mean).square().sum(-1).mean(-1)

    def draw(self, n, noise):  # -> samples [K, n, 2]
        return self.mean + noise.normal(n, 2)
