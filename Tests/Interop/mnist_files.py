"""Writes MNIST's IDX files as other people keep them: Kaggle's train.csv and test.csv, and Keras' mnist.npz.

usage: mnist_files.py MNIST FOLDER
"""

import gzip
import sys
from pathlib import Path

import numpy as np


def idx(path):
    content = gzip.open(path).read() if path.suffix == ".gz" else path.read_bytes()
    rank = content[3]
    sizes = [int.from_bytes(content[4 + 4 * i : 8 + 4 * i], "big") for i in range(rank)]
    return np.frombuffer(content, np.uint8, offset=4 + 4 * rank).reshape(sizes)


def find(folder, name):
    return next(path for path in (folder / name, folder / f"{name}.gz") if path.exists())


def main():
    source, folder = Path(sys.argv[1]), Path(sys.argv[2])
    arrays = {}
    for name, prefix in (("train", "train"), ("test", "t10k")):
        images = idx(find(source, f"{prefix}-images-idx3-ubyte"))
        labels = idx(find(source, f"{prefix}-labels-idx1-ubyte"))
        arrays |= {f"x_{name}": images, f"y_{name}": labels}
        rows = np.column_stack([labels, images.reshape(len(images), -1)])
        with open(folder / f"{name}.csv", "w") as file:
            file.write("label," + ",".join(f"pixel{i}" for i in range(rows.shape[1] - 1)) + "\n")
            file.writelines(",".join(map(str, row)) + "\n" for row in rows.tolist())
    np.savez_compressed(folder / "mnist.npz", **arrays)


main()
