"""Does PyTorch read Kobai's weights, and answer alike? And the other way round: weights for Kobai.

usage: pytorch_check.py MODEL WEIGHTS IMAGES LOGITS OUT_WEIGHTS OUT_LOGITS

IMAGES and LOGITS are raw little-endian floats: images of 28x28, and what Kobai makes of them. OUT_WEIGHTS is a file of
another network with the same layers as PyTorch saves it, OUT_LOGITS what PyTorch makes of the images with it.
Needs torch, safetensors and numpy.
"""

import sys
from collections import OrderedDict

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import nn


def simple():
    return [
        ("conv1", nn.Conv2d(1, 30, 5)), ("relu1", nn.ReLU()), ("pool1", nn.MaxPool2d(2)), ("flatten", nn.Flatten()),
        ("affine1", nn.Linear(30 * 12 * 12, 100)), ("relu2", nn.ReLU()), ("affine2", nn.Linear(100, 10)),
    ]


def deep():
    layers, channels = [], 1
    for i, filters in enumerate([16, 16, 32, 32, 64, 64]):
        layers += [(f"conv{i + 1}", nn.Conv2d(channels, filters, 3, padding=2 if i == 3 else 1))]
        layers += [(f"relu{i + 1}", nn.ReLU())]
        if i % 2 == 1:
            layers += [(f"pool{i // 2 + 1}", nn.MaxPool2d(2))]
        channels = filters
    return layers + [
        ("flatten", nn.Flatten()), ("affine1", nn.Linear(64 * 4 * 4, 50)), ("relu7", nn.ReLU()),
        ("dropout1", nn.Dropout(0.5)), ("affine2", nn.Linear(50, 10)),
    ]


def sprint():
    return [
        ("margin", nn.ZeroPad2d(-2)), ("conv1", nn.Conv2d(1, 16, 5)), ("relu1", nn.ReLU()),
        ("pool1", nn.MaxPool2d(2)), ("norm1", nn.BatchNorm2d(16)), ("conv2", nn.Conv2d(16, 32, 4, stride=2)),
        ("relu2", nn.ReLU()), ("flatten", nn.Flatten()), ("affine1", nn.Linear(32 * 4 * 4, 64)),
        ("norm2", nn.BatchNorm1d(64)), ("relu3", nn.ReLU()), ("affine2", nn.Linear(64, 10)),
    ]


def lenet():
    return [
        ("conv1", nn.Conv2d(1, 6, 5, padding=2)), ("relu1", nn.ReLU()), ("pool1", nn.MaxPool2d(2)),
        ("conv2", nn.Conv2d(6, 16, 5)), ("relu2", nn.ReLU()), ("pool2", nn.MaxPool2d(2)), ("flatten", nn.Flatten()),
        ("affine1", nn.Linear(400, 120)), ("relu3", nn.ReLU()), ("affine2", nn.Linear(120, 84)), ("relu4", nn.ReLU()),
        ("affine3", nn.Linear(84, 10)),
    ]


def block(inputs, outputs, pools=False):
    layers = [("conv", nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)), ("norm", nn.BatchNorm2d(outputs))]
    layers += [("relu", nn.ReLU())] + [("pool", nn.MaxPool2d(2))] * pools
    return nn.Sequential(OrderedDict(layers))


class Residual(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


def residual(channels):
    return Residual(OrderedDict(first=block(channels, channels), second=block(channels, channels)))


def resnet():
    return [
        ("prepare", block(1, 4)), ("layer1", block(4, 8, True)), ("residual1", residual(8)),
        ("layer2", block(8, 16, True)), ("layer3", block(16, 32, True)), ("residual3", residual(32)),
        ("mean", nn.AdaptiveAvgPool2d(1)), ("flatten", nn.Flatten()), ("affine", nn.Linear(32, 10)),
    ]


def norm():
    return [
        ("conv1", nn.Conv2d(1, 6, 3, stride=2, padding=1)), ("norm1", nn.BatchNorm2d(6)), ("tanh1", nn.Tanh()),
        ("pool1", nn.AvgPool2d(2)), ("flatten", nn.Flatten()), ("affine1", nn.Linear(6 * 7 * 7, 20)),
        ("norm2", nn.BatchNorm1d(20)), ("sigmoid1", nn.Sigmoid()), ("affine2", nn.Linear(20, 10)),
    ]


def convolutions():
    # 28x28 -> 14x14 -> 14x13 -> 28x25 -> 9x8 -> 11x10
    return [
        ("conv1", nn.Conv2d(1, 8, 3, stride=2, padding=1)), ("depthwise1", nn.Conv2d(8, 16, 3, padding=1, groups=8)),
        ("relu1", nn.ReLU()), ("grouped1", nn.Conv2d(16, 12, (3, 2), padding=(2, 1), dilation=(2, 3), groups=4)),
        ("relu2", nn.ReLU()), ("up1", nn.ConvTranspose2d(12, 6, 3, 2, 1, output_padding=(1, 0), groups=3)),
        ("conv2", nn.Conv2d(6, 4, 4, stride=3)), ("up2", nn.ConvTranspose2d(4, 3, 2, dilation=2, bias=False)),
        ("flatten", nn.Flatten()), ("affine1", nn.Linear(3 * 11 * 10, 10)),
    ]


name, weights, images, logits, out_weights, out_logits = sys.argv[1:]
networks = (simple, deep, sprint, lenet, resnet, norm, convolutions)
build = {network.__name__: network for network in networks}[name]
x = torch.from_numpy(np.fromfile(images, "<f4").reshape(-1, 1, 28, 28))
expected = np.fromfile(logits, "<f4").reshape(-1, 10)

network = nn.Sequential(OrderedDict(build()))
network.load_state_dict(load_file(weights))  # strict: every name and shape has to fit
network.eval()
with torch.no_grad():
    answers = network(x).numpy()
difference = float(np.abs(answers - expected).max())
same = int((answers.argmax(1) == expected.argmax(1)).sum())
print(f"{name}: largest difference {difference:.2e}, {same} of {len(x)} classes the same")
assert difference <= 1e-4 and same == len(x)

torch.manual_seed(1)
other = nn.Sequential(OrderedDict(build()))
with torch.no_grad():
    other.train()
    for batch in x.split(100):  # running statistics of their own
        other(batch)
    other.eval()
    other(x).numpy().astype("<f4").tofile(out_logits)
save_file(other.state_dict(), out_weights)
