"""Times training steps of the book's networks in PyTorch, for the table in the README.

usage: torch_train.py simple|deep|mlp [THREADS] [STEPS]

Random images in batches of 100, single precision, fused Adam; both memory layouts, rounds in turn, the median of each.
Run it in turn with `kernel-bench train --model MODEL --threads THREADS`, nothing else running. Needs torch.
"""

import statistics
import sys
import time

import torch
from torch import nn


def simple():
    return nn.Sequential(
        nn.Conv2d(1, 30, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(4320, 100), nn.ReLU(),
        nn.Linear(100, 10),
    )


def deep():
    layers, channels = [], 1
    for i, filters in enumerate([16, 16, 32, 32, 64, 64]):
        layers += [nn.Conv2d(channels, filters, 3, padding=2 if i == 3 else 1), nn.ReLU()]
        layers += [nn.MaxPool2d(2)] if i % 2 == 1 else []
        channels = filters
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(1024, 50), nn.ReLU(), nn.Dropout(0.5), nn.Linear(50, 10))


def mlp():
    sizes = [784, 100, 100, 100, 100]
    hidden = [layer for a, b in zip(sizes, sizes[1:]) for layer in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(nn.Flatten(), *hidden, nn.Linear(100, 10))


name, threads, steps = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 2, int(sys.argv[3]) if len(sys.argv) > 3 else 20
torch.set_num_threads(threads)
images, labels = torch.rand(100, 1, 28, 28), torch.randint(10, (100,))


def trainer(layout):
    network = {"simple": simple, "deep": deep, "mlp": mlp}[name]().to(memory_format=layout)
    adam = torch.optim.Adam(network.parameters(), lr=1e-3, fused=True)
    batch = images.to(memory_format=layout)

    def run():
        for _ in range(steps):
            adam.zero_grad()
            nn.functional.cross_entropy(network(batch), labels).backward()
            adam.step()

    return run


layouts = {"contiguous": torch.contiguous_format, "channels last": torch.channels_last}
runs = {layout: trainer(format) for layout, format in layouts.items()}
times = {layout: [] for layout in runs}
for round in range(8):
    for layout, run in runs.items():
        start = time.perf_counter()
        run()
        if round > 0:  # the first warms up
            times[layout].append(100 * steps / (time.perf_counter() - start))
for layout, speeds in times.items():
    print(f"{name}, {threads} threads, {layout}: {statistics.median(speeds):,.0f} images/s")
