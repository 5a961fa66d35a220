"""Exports small networks with PyTorch as ONNX, for Kobai to read.

    python torch_onnx.py FOLDER

Writes NAME.onnx for each network and exporter, NAME.in0.f32 and so on for its inputs, and NAME.out.f32 for what PyTorch computes:
raw little-endian floats of BATCH samples. Prints a JSON object: {"batch": BATCH, "networks": {NAME: [names of parameters]}}, with null
where the file cannot say them: the newer exporter ("dynamo", used where the package onnxscript is) renames what it reshapes.
"""

import contextlib
import importlib.util
import json
import os
import sys
import warnings

import torch
from torch import nn

BATCH = 3


class Plain(nn.Module):
    """What PyTorch's tutorials begin with; the batch is in the shape that view takes."""

    shapes = [(1, 12, 12)]

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3)
        self.conv2 = nn.Conv2d(4, 6, 3, stride=2, padding=1, bias=False)
        self.fc1 = nn.Linear(6 * 3 * 3, 10)
        self.fc2 = nn.Linear(10, 5)

    def forward(self, x):
        x = nn.functional.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = torch.tanh(self.conv2(x))
        x = x.view(x.size(0), -1)
        return torch.softmax(self.fc2(torch.relu(self.fc1(x))), 1)


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Conv2d(inputs, outputs, 1, stride=stride) if inputs != outputs or stride > 1 else nn.Identity()

    def forward(self, x):
        return torch.relu(self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x))))) + self.shortcut(x))


class Residual(nn.Module):
    """A small ResNet."""

    shapes = [(3, 8, 8)]

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU())
        self.block1, self.block2 = Block(4, 4, 1), Block(4, 8, 2)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Sequential(nn.Flatten(), nn.Dropout(0.3), nn.Linear(8, 4))

    def forward(self, x):
        return self.head(self.pool(self.block2(self.block1(self.stem(x)))))


class Twins(nn.Module):
    """Two inputs, and an encoder that both share."""

    shapes = [(7,), (7,)]

    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(7, 5, bias=False)
        self.head = nn.Linear(10, 3)

    def forward(self, left, right):
        a, b = torch.sigmoid(self.encoder(left)), torch.sigmoid(self.encoder(right))
        return self.head(torch.cat([a, b], 1))


class Mixed(nn.Module):
    """Branches, means, and a batch normalisation that no convolution takes in."""

    shapes = [(4, 8, 8)]

    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm2d(4)
        self.narrow = nn.Conv2d(4, 3, 1)
        self.pool = nn.AvgPool2d(3, stride=1, padding=1)
        self.fc = nn.Linear(7 * 16, 6)

    def forward(self, x):
        x = torch.relu(self.norm(x))
        x = torch.cat([self.narrow(x), self.pool(x)], 1)
        return self.fc(nn.functional.avg_pool2d(x, 2).flatten(1))


class Activations(nn.Module):
    """Every activation, of which some are several nodes."""

    shapes = [(4, 6, 7)]
    renamed = True

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 1)
        self.gelu, self.gelu_tanh, self.silu, self.hard = nn.GELU(), nn.GELU(approximate="tanh"), nn.SiLU(), nn.Hardswish()
        self.soft, self.soft3, self.soft2 = nn.Softplus(), nn.Softplus(beta=3), nn.Softplus(beta=2)
        self.prelu1, self.prelu4 = nn.PReLU(init=0.1), nn.PReLU(4)
        self.leaky, self.elu = nn.LeakyReLU(0.1), nn.ELU(0.7)

    def forward(self, x):
        x = self.prelu4(self.gelu(self.conv1(x)) + self.gelu_tanh(x) + self.silu(x))
        x = self.elu(self.hard(x) + self.soft(x) + self.soft3(x))
        return self.leaky(self.prelu1(self.conv2(x))) + self.soft2(x)


class Written(nn.Module):
    """What people write themselves."""

    shapes = [(5,)]

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(5, 6)
        self.other = nn.Linear(5, 6)

    def forward(self, x):
        y, x = self.other(x), self.fc(x)  # of the same x exporters would compute x / 2 once
        gelu = y * 0.5 * (1.0 + torch.erf(y / 2**0.5))
        gpt2 = 0.5 * x * (1.0 + torch.tanh((2 / torch.pi) ** 0.5 * (x + 0.044715 * torch.pow(x, 3.0))))
        swish = torch.sigmoid(x) * x
        hard = x * nn.functional.relu6(x + 3) / 6
        return gelu + gpt2 + swish + hard


class Images(nn.Module):
    """Normalisation and other sizes."""

    shapes = [(4, 9, 10)]
    renamed = True

    def __init__(self):
        super().__init__()
        self.grow = nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1, groups=2)
        self.norm, self.plain, self.instance = nn.GroupNorm(3, 6), nn.GroupNorm(2, 6, affine=False), nn.GroupNorm(6, 6)
        self.pool1, self.pool2 = nn.AdaptiveAvgPool2d((9, 5)), nn.AvgPool2d(5)
        self.up1, self.up2 = nn.Upsample(scale_factor=2), nn.Upsample(scale_factor=2, mode="bilinear")
        self.up3, self.up4 = nn.Upsample(size=(13, 7)), nn.Upsample(size=(15, 20), mode="bilinear")
        self.drop = nn.Dropout2d()
        self.fc = nn.Linear(6, 4)

    def forward(self, x):
        x = self.up1(self.pool1(torch.relu(self.norm(self.grow(x)))))
        x = self.up4(self.instance(self.up3(self.up2(self.plain(x)))))
        return self.fc(self.pool2(self.drop(x)).mean((2, 3)))


class Words(nn.Module):
    """A table of vectors, and two recurrent modules of which the first has several layers."""

    shapes = [(7,)]
    integers = 10
    renamed = True

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(10, 8)
        self.norm, self.plain, self.scale = nn.LayerNorm(8), nn.LayerNorm(10, elementwise_affine=False), nn.LayerNorm(6, bias=False)
        self.gru = nn.GRU(8, 5, num_layers=2, dropout=0.2, bidirectional=True, batch_first=True)
        self.lstm = nn.LSTM(10, 6, batch_first=True)
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        x = self.gru(self.norm(self.table(x)))[0]
        x = self.lstm(self.plain(x))[0]
        return self.fc(self.scale(x[:, -1]))


class States(nn.Module):
    """Last states, and a sequence."""

    shapes = [(6, 5)]
    renamed = True

    def __init__(self):
        super().__init__()
        self.deep = nn.LSTM(5, 4, num_layers=2, batch_first=True)
        self.both = nn.GRU(5, 3, num_layers=2, bidirectional=True, batch_first=True)
        self.plain = nn.GRU(5, 2, bias=False, batch_first=True)
        self.two = nn.LSTM(5, 3, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(4 + 6 + 12 + 6, 3)

    def forward(self, x):
        _, (deep, _) = self.deep(x)
        _, both = self.both(x)
        _, (two, _) = self.two(x)
        steps = self.plain(x)[0].flatten(1)
        sides = two.transpose(0, 1).flatten(1)
        return self.fc(torch.cat([deep[-1], torch.cat([both[-2], both[-1]], 1), steps, sides], 1))


class Casts(nn.Module):
    """Floats that are indices."""

    shapes = [(6,)]

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(9, 3)

    def forward(self, x):
        return torch.tanh(self.table(x.long()))


def export(name, model, inputs, folder, dynamo, dynamic, opset=None):
    path = os.path.join(folder, name + ".onnx")
    names = [f"in{i}" for i in range(len(inputs))]
    options = {"input_names": names, "output_names": ["out"], "dynamo": dynamo}
    if opset:
        options["opset_version"] = opset
    if dynamic and dynamo:
        options["dynamic_shapes"] = tuple({0: torch.export.Dim("batch")} for _ in inputs)
    elif dynamic:
        options["dynamic_axes"] = {n: {0: "batch"} for n in names + ["out"]}
    torch.onnx.export(model, tuple(inputs), path, **options)
    for i, x in enumerate(inputs):
        x.numpy().astype("<f4").tofile(os.path.join(folder, f"{name}.in{i}.f32"))
    model(*inputs).detach().numpy().astype("<f4").tofile(os.path.join(folder, f"{name}.out.f32"))
    if dynamo and getattr(model, "renamed", False):
        return None
    return sorted(n for n, _ in model.named_parameters())


def draw(kind):
    if kind is Casts:
        return [torch.randint(0, 9, (BATCH, *shape)).float() for shape in kind.shapes]
    if hasattr(kind, "integers"):
        return [torch.randint(0, kind.integers, (BATCH, *shape)) for shape in kind.shapes]
    return [torch.randn(BATCH, *shape) for shape in kind.shapes]


def main(folder):
    torch.manual_seed(1)
    networks = {}
    exporters = [("torchscript", False)]
    if importlib.util.find_spec("onnxscript"):
        exporters.append(("dynamo", True))
    for kind in (Plain, Residual, Twins, Mixed, Activations, Written, Images, Words, States, Casts):
        model = kind()
        for name, parameter in model.named_parameters():
            if "norm" in name or "instance" in name or "prelu" in name or "scale" in name:
                torch.nn.init.normal_(parameter)
        inputs = draw(kind)
        model.train()
        model(*inputs)  # moves the running statistics
        model.eval()
        for exporter, dynamo in exporters:
            for dynamic in (True,) if kind in (Activations, Written, Casts) else (False, True):
                name = f"{kind.__name__}-{exporter}-{'dynamic' if dynamic else 'fixed'}"
                networks[name] = export(name, model, inputs, folder, dynamo, dynamic)
        if kind is Activations:  # before there were operators for them
            networks["Activations-13"] = export("Activations-13", model, inputs, folder, False, True, opset=13)
    return {"batch": BATCH, "networks": networks}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    warnings.simplefilter("ignore")
    with contextlib.redirect_stdout(sys.stderr):  # exporters print
        result = main(sys.argv[1])
    print(json.dumps(result))
