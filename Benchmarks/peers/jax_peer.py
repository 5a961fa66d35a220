"""JAX's part in `compare`: training and inference."""

import os

import peer

options = peer.arguments("train", "infer")
# JAX has no option for its threads: it takes as many as there are cores when it is loaded.
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.threads])

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from jax import lax  # noqa: E402

from networks import FLATTEN, NETWORKS, POOL, RELU, Conv, Dense, Dropout, weights  # noqa: E402

LAYERS = NETWORKS[options.network]


def pool_windows(x):
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def pool_pairs(x):
    """The same through a reshape, whose gradient is quicker."""
    n, height, width, channels = x.shape
    return x.reshape(n, height // 2, 2, width // 2, 2, channels).max((2, 4))


def network(pool, dtype):
    def forward(parameters, x, key=None):
        parameters = iter(parameters)
        x = x.astype(dtype)
        for layer in LAYERS:
            match layer:
                case Conv():
                    weight, bias = (next(parameters).astype(dtype) for _ in range(2))
                    padding = [(layer.padding, layer.padding)] * 2
                    x = lax.conv_general_dilated(
                        x, weight, (1, 1), padding, dimension_numbers=("NHWC", "HWIO", "NHWC")
                    )
                    x += bias
                case Dense():
                    weight, bias = (next(parameters).astype(dtype) for _ in range(2))
                    x = x @ weight + bias
                case Dropout() if key is not None:
                    x = jnp.where(jax.random.bernoulli(key, 1 - layer.rate, x.shape), x / (1 - layer.rate), 0)
                case _ if layer == RELU:
                    x = jnp.maximum(x, 0)
                case _ if layer == POOL:
                    x = pool(x)
                case _ if layer == FLATTEN:
                    x = x.reshape(x.shape[0], -1)
        return x.astype(jnp.float32)

    return forward


def random_images(batch):
    return jnp.asarray(np.random.default_rng(1).random((batch, 28, 28, 1), np.float32))


def initial_weights():
    return [jnp.asarray(w) for w in weights(LAYERS, np.random.default_rng(0))]


def trainer(forward):
    images, labels = random_images(peer.BATCH), jnp.arange(peer.BATCH) % 10

    def loss(parameters, key):
        probabilities = jax.nn.log_softmax(forward(parameters, images, key))
        return -probabilities[jnp.arange(peer.BATCH), labels].mean()

    @jax.jit(donate_argnums=0)
    def step(state):
        t, parameters, first, second = state
        gradients = jax.grad(loss)(parameters, jax.random.key(t))
        t += 1
        first = [0.9 * m + 0.1 * g for m, g in zip(first, gradients)]
        second = [0.999 * v + 0.001 * g * g for v, g in zip(second, gradients)]
        rate = peer.LEARNING_RATE * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        parameters = [w - rate * m / (jnp.sqrt(v) + 1e-8) for w, m, v in zip(parameters, first, second)]
        return t, parameters, first, second

    parameters = initial_weights()
    zeros = [[jnp.zeros_like(w) for w in parameters] for _ in range(2)]
    state = [(jnp.int32(0), parameters, *zeros)]

    def run():
        state[0] = step(state[0])
        return state[0]

    return run


def inference(forward):
    parameters, images, run = initial_weights(), random_images(options.batch), jax.jit(forward)
    return lambda: run(parameters, images)


make, measure = {"train": (trainer, peer.seconds), "infer": (inference, peer.latency)}[options.task]
pools = {"windows": pool_windows, "pairs": pool_pairs} if POOL in LAYERS else {"none": None}
modes = {
    f"{dtype},{name}": make(network(pool, dtype)) for dtype in peer.dtypes(options) for name, pool in pools.items()
}
peer.serve(modes, measure, jax.block_until_ready)
