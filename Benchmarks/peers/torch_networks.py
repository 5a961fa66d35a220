"""The networks of networks.py in PyTorch."""

import torch
from torch import nn

from networks import FLATTEN, MEAN, POOL, RELU, Norm, Residual, module

OTHERS = {
    RELU: lambda: nn.ReLU(inplace=True), POOL: lambda: nn.MaxPool2d(2), FLATTEN: nn.Flatten,
    MEAN: lambda: nn.AdaptiveAvgPool2d(1),
}


class Block(nn.Sequential):
    """x + body(x)."""

    def forward(self, x):
        return x + super().forward(x)


def sequence(layers, kind=nn.Sequential):
    def one(layer):
        match layer:
            case Norm():
                return nn.BatchNorm2d(layer.channels)
            case Residual():
                return sequence(layer.layers, Block)
        return module(layer, nn, OTHERS)

    return kind(*map(one, layers))


def autocast(dtype):
    return torch.autocast("cpu", torch.bfloat16, enabled=dtype == "bfloat16")
