"""PyTorch's part in `photographs`: trains as `cnn-train --recipe cifar` does, and prints one JSON object for each epoch."""

import argparse
import json
import time
from pathlib import Path

import numpy
import torch
from PIL import Image
from torch import nn

from networks import NETWORKS
from torch_networks import autocast, sequence

BATCH, RATE, PADDING = 256, 0.4, 4


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--network", required=True)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), required=True)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)

    images, labels = load(options.pictures / "train")
    tests, test_labels = load(options.pictures / "test")
    mean, deviation = images.mean((0, 2, 3), keepdim=True), images.std((0, 2, 3), keepdim=True)
    padded = nn.functional.pad((images - mean) / deviation, (PADDING,) * 4, mode="reflect")
    tests = ((tests - mean) / deviation).contiguous(memory_format=torch.channels_last)
    network = sequence(NETWORKS[options.network]).to(memory_format=torch.channels_last)
    sgd = torch.optim.SGD(network.parameters(), lr=RATE, momentum=0.9, nesterov=True, weight_decay=5e-4, fused=True)
    steps = options.epochs * -(-len(images) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        sgd, RATE, total_steps=steps, pct_start=0.25, anneal_strategy="linear", cycle_momentum=False)
    for _ in range(options.epochs):
        network.train()
        start = time.perf_counter()
        for chosen in torch.randperm(len(images)).split(BATCH):
            with autocast(options.dtype):
                outputs = network(changed(padded, chosen, images.shape[3]))
            loss = nn.functional.cross_entropy(outputs.float(), labels[chosen], label_smoothing=0.1)
            sgd.zero_grad()
            loss.backward()
            sgd.step()
            schedule.step()
        seconds = time.perf_counter() - start
        accuracy = evaluate(network, tests, test_labels, options.dtype)
        print(json.dumps({"test_accuracy": accuracy, "images_per_second": len(images) / seconds}), flush=True)


def load(folder):
    """The pictures of a folder for each class, and their classes."""
    classes = sorted(path for path in folder.iterdir() if path.is_dir())
    paths = [(path, label) for label, one in enumerate(classes) for path in sorted(one.iterdir())]
    pixels = numpy.stack([numpy.asarray(Image.open(path).convert("RGB")) for path, _ in paths])
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).float(), torch.tensor([label for _, label in paths])


def changed(padded, chosen, side):
    """A batch of which each picture is cropped, and half are flipped, at random; channels last, as convolutions want it."""
    places = torch.arange(side)
    rows = places + torch.randint(2 * PADDING + 1, (len(chosen), 1))
    columns = places + torch.randint(2 * PADDING + 1, (len(chosen), 1))
    columns = torch.where(torch.rand(len(chosen), 1) < 0.5, columns.flip(1), columns)
    batch = padded[chosen[:, None, None], :, rows[:, :, None], columns[:, None, :]]
    return batch.permute(0, 3, 1, 2)


def evaluate(network, images, labels, dtype):
    network.eval()
    with torch.no_grad(), autocast(dtype):
        outputs = torch.cat([network(batch).float() for batch in images.split(1000)])
    return (outputs.argmax(1) == labels).float().mean().item()


main()
