"""The steps in plain JAX: members by vmap or one by one, steps by scan, compiled as one program.

It computes the steps of `loops.py` and draws numbers at the same places; each member has its own
network.
"""

import math
import os
import time
from collections.abc import Callable
from functools import partial
from itertools import product

# One thread, as every side has; read when JAX is imported.
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import jax
import numpy as np
import optax
from jax import nn, random
from jax import numpy as jnp
from loops import BATCH, CHAIN, HIDDEN, RATE, SIGMA

GENERATORS = ("threefry2x32", "unsafe_rbg")  # the usual one, and the fastest


def start(n_outputs: int, key: jax.Array) -> list[tuple[jax.Array, jax.Array]]:
    """Weights and biases, layer by layer, as those of `torch.nn.Linear`."""

    def layer(fan_in: int, fan_out: int, key: jax.Array) -> tuple[jax.Array, jax.Array]:
        numbers = random.uniform(key, (fan_in + 1, fan_out), minval=-1) / math.sqrt(fan_in)
        return numbers[:-1], numbers[-1]

    sizes = (2, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, n_outputs)
    return [layer(*size, key) for size, key in zip(sizes, random.split(key, 3), strict=True)]


def network(parameters, activation: Callable[[jax.Array], jax.Array], x: jax.Array) -> jax.Array:
    *hidden, (weight, bias) = parameters
    for w, b in hidden:
        x = activation(x @ w + b)
    return x @ weight + bias


def dsm(x: np.ndarray, n_steps: int) -> Callable[[], object]:
    """A compiled function that trains one network per member on points x [K, n, 2]."""
    adam = optax.adam(RATE)

    def loss(parameters, x: jax.Array, eps: jax.Array) -> jax.Array:
        error = SIGMA * network(parameters, nn.silu, x + SIGMA * eps) + eps
        return jnp.square(error).sum(-1).mean()

    def step(x: jax.Array, state):
        parameters, moments, key = state
        key, for_rows, for_noise = random.split(key, 3)
        rows = random.randint(for_rows, (BATCH,), 0, len(x))
        value, gradient = jax.value_and_grad(loss)(
            parameters, x[rows], random.normal(for_noise, (BATCH, 2))
        )
        updates, moments = adam.update(gradient, moments)
        return (optax.apply_updates(parameters, updates), moments, key), value

    def member(x: jax.Array, key: jax.Array):
        parameters = start(2, key)
        state = parameters, adam.init(parameters), key
        return jax.lax.scan(lambda state, _: step(x, state), state, length=n_steps)

    return compiled(member, x)


def langevin(x: np.ndarray, n_steps: int) -> Callable[[], object]:
    """A compiled function that moves points of x [K, n, 2] along gradients of energies."""
    h = CHAIN["step"]

    def move(parameters, state, _):
        x, key = state
        key, for_noise = random.split(key)
        gradient = jax.grad(lambda x: network(parameters, nn.relu, x).sum())(x)
        x = x - h * gradient + math.sqrt(2 * h) * random.normal(for_noise, x.shape)
        return (x, key), None

    def member(x: jax.Array, key: jax.Array):
        return jax.lax.scan(partial(move, start(1, key)), (x[:BATCH], key), length=n_steps)

    return compiled(member, x)


def compiled(member: Callable, x: np.ndarray) -> Callable[[], object]:
    """The fastest of four: members by vmap or one by one, numbers by either of two generators."""

    def one_by_one(points: jax.Array, keys: jax.Array):
        return jax.lax.map(lambda pair: member(*pair), (points, keys))

    def seconds(run: Callable[[], object]) -> float:
        run()
        start = time.process_time()
        run()
        return time.process_time() - start

    points, ways = jnp.asarray(x, jnp.float32), []
    for of_members, generator in product((jax.vmap(member), one_by_one), GENERATORS):
        keys = random.split(random.key(0, impl=generator), len(x))
        run = jax.jit(of_members).lower(points, keys).compile()
        ways.append(lambda run=run, keys=keys: jax.block_until_ready(run(points, keys)))
    return min(ways, key=seconds)
