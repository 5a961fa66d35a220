"""The book's networks as lists of layers; each peer builds them in its own way."""

from typing import NamedTuple


class Conv(NamedTuple):
    inputs: int
    outputs: int
    kernel: int
    padding: int


class Dense(NamedTuple):
    inputs: int
    outputs: int


class Dropout(NamedTuple):
    rate: float


RELU, POOL, FLATTEN = "relu", "pool", "flatten"  # the pool is the largest of 2 × 2

NETWORKS = {
    "simple": [Conv(1, 30, 5, 0), RELU, POOL, FLATTEN, Dense(4320, 100), RELU, Dense(100, 10)],
    "deep": [
        Conv(1, 16, 3, 1), RELU, Conv(16, 16, 3, 1), RELU, POOL,
        Conv(16, 32, 3, 1), RELU, Conv(32, 32, 3, 2), RELU, POOL,
        Conv(32, 64, 3, 1), RELU, Conv(64, 64, 3, 1), RELU, POOL,
        FLATTEN, Dense(1024, 50), RELU, Dropout(0.5), Dense(50, 10),
    ],
    "mlp": [FLATTEN, Dense(784, 100), RELU, *[Dense(100, 100), RELU] * 3, Dense(100, 10)],
}


def weights(layers, random):
    """A weight and a bias for each layer that has them, kernels as height, width, inputs, outputs (He's deviation)."""
    for layer in layers:
        if isinstance(layer, Conv):
            shape = (layer.kernel, layer.kernel, layer.inputs, layer.outputs)
        elif isinstance(layer, Dense):
            shape = (layer.inputs, layer.outputs)
        else:
            continue
        fan_in = layer.inputs * (layer.kernel**2 if isinstance(layer, Conv) else 1)
        yield random.normal(0, (2 / fan_in) ** 0.5, shape).astype("float32")
        yield random.normal(0, 0, (layer.outputs,)).astype("float32")


def module(layer, nn, others):
    """The layer in a framework with PyTorch's names; `others` makes those without sizes."""
    match layer:
        case Conv():
            return nn.Conv2d(layer.inputs, layer.outputs, layer.kernel, padding=layer.padding)
        case Dense():
            return nn.Linear(layer.inputs, layer.outputs)
        case Dropout():
            return nn.Dropout(layer.rate)
    return others[layer]()
