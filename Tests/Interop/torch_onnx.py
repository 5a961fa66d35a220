"""Exports small networks with PyTorch as ONNX, and runs them with onnxruntime, for Kobai to read.

    python torch_onnx.py FOLDER

Writes NAME.onnx for each network and exporter, NAME.in0.f32 and so on for its inputs, and NAME.out.f32: raw little-endian floats of
BATCH samples. Prints a JSON object: {"batch": BATCH, "networks": {NAME: [names of parameters]}}. The newer exporter
("dynamo") is used where the package onnxscript is.
"""

import contextlib
import importlib.util
import json
import os
import sys
import warnings

import onnxruntime
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


def export(name, model, inputs, folder, dynamo, dynamic):
    path = os.path.join(folder, name + ".onnx")
    names = [f"in{i}" for i in range(len(inputs))]
    options = {"input_names": names, "output_names": ["out"], "dynamo": dynamo}
    if dynamic and dynamo:
        options["dynamic_shapes"] = tuple({0: torch.export.Dim("batch")} for _ in inputs)
    elif dynamic:
        options["dynamic_axes"] = {n: {0: "batch"} for n in names + ["out"]}
    torch.onnx.export(model, tuple(inputs), path, **options)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (output,) = session.run(None, {n.name: x.numpy() for n, x in zip(session.get_inputs(), inputs)})
    for i, x in enumerate(inputs):
        x.numpy().astype("<f4").tofile(os.path.join(folder, f"{name}.in{i}.f32"))
    output.astype("<f4").tofile(os.path.join(folder, f"{name}.out.f32"))
    return sorted(n for n, _ in model.named_parameters())


def main(folder):
    torch.manual_seed(1)
    networks = {}
    exporters = [("torchscript", False)]
    if importlib.util.find_spec("onnxscript"):
        exporters.append(("dynamo", True))
    for kind in (Plain, Residual, Twins, Mixed):
        model = kind()
        model.train()
        inputs = [torch.randn(BATCH, *shape) for shape in kind.shapes]
        model(*inputs)  # moves the running statistics
        model.eval()
        for exporter, dynamo in exporters:
            for dynamic in (False, True):
                name = f"{kind.__name__}-{exporter}-{'dynamic' if dynamic else 'fixed'}"
                networks[name] = export(name, model, inputs, folder, dynamo, dynamic)
    return {"batch": BATCH, "networks": networks}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    warnings.simplefilter("ignore")
    with contextlib.redirect_stdout(sys.stderr):  # exporters print
        result = main(sys.argv[1])
    print(json.dumps(result))
