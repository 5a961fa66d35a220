"""The networks as lists of layers; each peer builds them in its own way. kernel-bench has the same (BenchModel.swift)."""

from typing import NamedTuple


class Conv(NamedTuple):
    inputs: int
    outputs: int
    kernel: int
    padding: int
    stride: int = 1
    groups: int = 1
    bias: bool = True


class Dense(NamedTuple):
    inputs: int
    outputs: int


class Dropout(NamedTuple):
    rate: float


class Norm(NamedTuple):
    channels: int


class Residual(NamedTuple):
    layers: list


RELU, POOL, FLATTEN = "relu", "pool", "flatten"  # the pool is the largest of 2 × 2
MEAN = "mean"  # of whole channels

BOOK = {
    "simple": [Conv(1, 30, 5, 0), RELU, POOL, FLATTEN, Dense(4320, 100), RELU, Dense(100, 10)],
    "deep": [
        Conv(1, 16, 3, 1), RELU, Conv(16, 16, 3, 1), RELU, POOL,
        Conv(16, 32, 3, 1), RELU, Conv(32, 32, 3, 2), RELU, POOL,
        Conv(32, 64, 3, 1), RELU, Conv(64, 64, 3, 1), RELU, POOL,
        FLATTEN, Dense(1024, 50), RELU, Dropout(0.5), Dense(50, 10),
    ],
    "mlp": [FLATTEN, Dense(784, 100), RELU, *[Dense(100, 100), RELU] * 3, Dense(100, 10)],
}


def block(inputs, outputs, kernel=3, stride=1, groups=1, pools=False):
    conv = Conv(inputs, outputs, kernel, kernel // 2, stride, groups, bias=False)
    return [conv, Norm(outputs), RELU, *[POOL] * pools]


def vgg11():
    inputs = 3
    for outputs, pools in ((32, 1), (64, 1), (128, 0), (128, 1), (256, 0), (256, 1), (256, 0), (256, 1)):
        yield from block(inputs, outputs, pools=pools)
        inputs = outputs
    yield from (FLATTEN, Dense(256, 10))


def mobile():
    yield from block(3, 32)
    inputs = 32
    for outputs, stride in ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1)):
        yield from block(inputs, inputs, stride=stride, groups=inputs)
        yield from block(inputs, outputs, kernel=1)
        inputs = outputs
    yield from (MEAN, FLATTEN, Dense(256, 10))


# On images of 3 × 32 × 32: ResNet-9 and VGG-11 with BatchNorm, both half as wide, and one of depthwise convolutions.
LATER = {
    "resnet9": [
        *block(3, 32), *block(32, 64, pools=True), Residual(block(64, 64) * 2), *block(64, 128, pools=True),
        *block(128, 256, pools=True), Residual(block(256, 256) * 2), MEAN, FLATTEN, Dense(256, 10),
    ],
    "vgg11": list(vgg11()),
    "mobile": list(mobile()),
}
NETWORKS = BOOK | LATER


def image(network):
    """Channels, height and width."""
    return (3, 32, 32) if network in LATER else (1, 28, 28)


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
            return nn.Conv2d(
                layer.inputs, layer.outputs, layer.kernel, layer.stride, layer.padding, groups=layer.groups,
                bias=layer.bias)
        case Dense():
            return nn.Linear(layer.inputs, layer.outputs)
        case Dropout():
            return nn.Dropout(layer.rate)
    return others[layer]()
