"""Do PyTorch's layers come to the same outputs and gradients as Kobai's?

usage: pytorch_layers.py FOLDER

FOLDER has layers.json, a list of {"name", "input", "parameters"}: a key of the table below, the shape of a batch, and
the names of the parameters. For the i-th of them "i.safetensors" is what Kobai saves, and "i.x", "i.y", "i.dy", "i.dx" and
"i.NAME" hold raw little-endian floats: input, output, the output's gradient, the input's, and that of each parameter.
Needs torch, safetensors and numpy.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn

TOLERANCE = 1e-5  # of what may be as large as the largest of its tensor, or 1

LAYERS = {
    "LeakyReLU": nn.LeakyReLU(),
    "ELU": nn.ELU(),
    "GELU": nn.GELU(),
    "GELU tanh": nn.GELU(approximate="tanh"),
    "SiLU": nn.SiLU(),
    "Softplus": nn.Softplus(),
    "Softplus 2": nn.Softplus(2, 3),
    "HardSwish": nn.Hardswish(),
    "PReLU": nn.PReLU(),
    "PReLU per channel": nn.PReLU(3),
    "GlobalAveragePool2D": nn.AdaptiveAvgPool2d(1),
    "AdaptiveAveragePool2D": nn.AdaptiveAvgPool2d((3, 4)),
    "MaxPool2D 17": nn.MaxPool2d(17, stride=2, padding=3),
    "AveragePool2D 17": nn.AvgPool2d(17, stride=2, padding=3),
    "Upsample": nn.Upsample(scale_factor=2),
    "Upsample bilinear": nn.Upsample(scale_factor=(2, 3), mode="bilinear"),
    "Upsample to": nn.Upsample(size=(4, 11), mode="bilinear"),
    "Dropout2D": nn.Dropout2d(),
    "LayerNorm": nn.LayerNorm(7),
    "LayerNorm 3x7": nn.LayerNorm((3, 7), elementwise_affine=True, bias=False),
    "GroupNorm": nn.GroupNorm(2, 4),
    "Embedding": nn.Embedding(10, 5),
    "LSTM": nn.LSTM(3, 5, batch_first=True),
    "LSTM both ways": nn.LSTM(3, 5, num_layers=2, bidirectional=True, batch_first=True),
    "GRU": nn.GRU(3, 5, batch_first=True),
    "GRU both ways": nn.GRU(3, 17, num_layers=2, bias=False, bidirectional=True, batch_first=True),
    "GRU last state": nn.GRU(3, 5, num_layers=2, bidirectional=True, batch_first=True),
}


def run(name, layer, x):
    y = layer(x)
    if not isinstance(y, tuple):
        return y
    if name.endswith("last state"):
        return torch.cat([y[1][-2], y[1][-1]], dim=1)
    return y[0]


def check(folder, index, name, shape, parameters):
    def floats(kind):
        return np.fromfile(folder / f"{index}.{kind}", "<f4")

    def compare(what, mine, theirs):
        theirs = theirs.detach().numpy().ravel()
        assert mine.shape == theirs.shape, f"{name}: {what} has {mine.size} elements, not {theirs.size}"
        assert np.isfinite(theirs).all() and np.abs(theirs).max() > 1e-3, f"{name}: {what} says nothing"
        difference = np.abs(mine - theirs).max() / max(1, np.abs(theirs).max())
        assert difference <= TOLERANCE, f"{name}: {what} differs by {difference}"
        return difference

    layer = LAYERS[name].eval()
    state = {key.removeprefix("layer."): value for key, value in load_file(folder / f"{index}.safetensors").items()}
    layer.load_state_dict(state)  # strict: every name and shape has to fit
    assert [key for key, _ in layer.named_parameters()] == parameters, f"{name}: parameters are {parameters}"
    x = torch.from_numpy(floats("x").reshape(shape))
    indices = isinstance(layer, nn.Embedding)
    x = x.long() if indices else x.requires_grad_()
    y = run(name, layer, x)
    y.backward(torch.from_numpy(floats("dy")).reshape(y.shape))
    worst = compare("output", floats("y"), y)
    if not indices:
        worst = max(worst, compare("input's gradient", floats("dx"), x.grad))
    for key, value in layer.named_parameters():
        worst = max(worst, compare(f"gradient of {key}", floats(key), value.grad))
    return worst


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    layers = json.loads((folder / "layers.json").read_text())
    try:
        worst = [check(folder, i, one["name"], one["input"], one["parameters"]) for i, one in enumerate(layers)]
    except (AssertionError, RuntimeError) as error:
        sys.exit(f"error: {error}")
    missing = LAYERS.keys() - {one["name"] for one in layers}
    assert not missing, f"nobody asked for {missing}"
    print(f"{len(layers)} layers agree to within {max(worst):.1e}")
