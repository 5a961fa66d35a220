"""MLX's part in `compare`, on the CPU: training and inference."""

import os

import peer

options = peer.arguments("train", "infer")
os.environ["OPENBLAS_NUM_THREADS"] = str(options.threads)  # MLX's matrix products are OpenBLAS's

from functools import partial  # noqa: E402

import mlx.core as mx  # noqa: E402
import mlx.nn as nn  # noqa: E402
import mlx.optimizers as optimizers  # noqa: E402

from networks import FLATTEN, NETWORKS, POOL, RELU, module  # noqa: E402

mx.set_default_device(mx.cpu)


class Flatten(nn.Module):
    def __call__(self, x):
        return x.reshape(x.shape[0], -1)


OTHERS = {RELU: nn.ReLU, POOL: lambda: nn.MaxPool2d(2, 2), FLATTEN: Flatten}


def new_network(batch, dtype):
    network = nn.Sequential(*(module(layer, nn, OTHERS) for layer in NETWORKS[options.network]))
    dtype = getattr(mx, dtype)
    network.set_dtype(dtype)
    images = mx.random.uniform(shape=(batch, 28, 28, 1)).astype(dtype)
    mx.eval(network.parameters(), images)
    return network, images


def trainer(dtype, compiled):
    network, images = new_network(peer.BATCH, dtype)
    labels = mx.arange(peer.BATCH) % 10
    adam = optimizers.Adam(peer.LEARNING_RATE)
    adam.init(network.trainable_parameters())
    state = [network.state, adam.state, mx.random.state]

    def loss(images, labels):
        return nn.losses.cross_entropy(network(images).astype(mx.float32), labels, reduction="mean")

    def step(images, labels):
        value, gradients = nn.value_and_grad(network, loss)(images, labels)
        adam.update(network, gradients)
        return value

    run = mx.compile(step, inputs=state, outputs=state) if compiled else step

    def train():
        mx.eval(run(images, labels), state)

    return train


def inference(dtype, compiled):
    network, images = new_network(options.batch, dtype)
    network.eval()
    run = mx.compile(partial(network)) if compiled else network
    return lambda: mx.eval(run(images))


make, measure = {"train": (trainer, peer.seconds), "infer": (inference, peer.latency)}[options.task]
modes = {}
for dtype in peer.dtypes(options):
    modes |= {dtype: make(dtype, compiled=False), f"{dtype},compiled": make(dtype, compiled=True)}
peer.serve(modes, measure)
