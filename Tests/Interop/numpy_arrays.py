"""Writes arrays for Kobai to read, and compares those that Kobai wrote.

usage: numpy_arrays.py write FOLDER
       numpy_arrays.py check FOLDER

write: one .npy file for each type, order of bytes and order of axes, called TYPE-ORDER.npy; arrays.npz and packed.npz with x_train,
y_train, x_test and y_test; expected.json with the shape and the numbers of each, as Float32 prints them.
check: prints the type, the shape and the numbers of kobai.npy as JSON.
"""

import json
import sys
from pathlib import Path

import numpy as np

TYPES = ["b1", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]


def write(folder):
    random = np.random.default_rng(7)
    expected = {}
    for name in TYPES:
        if name == "b1":
            numbers = random.integers(0, 2, (5, 3, 2)).astype(bool)
        elif name[0] == "f":
            numbers = (random.standard_normal((5, 3, 2)) * 100).astype(name)
            numbers[0, 0] = [6e-8, -0.0]
        else:
            limits = np.iinfo(name)
            numbers = random.integers(limits.min, limits.max, (5, 3, 2), dtype=name, endpoint=True)
        for byte_order in "<>":
            for order in "CF":
                array = np.asarray(numbers, dtype=numbers.dtype.newbyteorder(byte_order), order=order)
                file = f"{name}-{'little' if byte_order == '<' else 'big'}-{order}"
                np.save(folder / f"{file}.npy", array)
                expected[file] = {
                    "shape": list(array.shape),
                    "bits": np.ascontiguousarray(numbers.astype(np.float32)).view(np.uint32).ravel().tolist(),
                }
    images = random.integers(0, 256, (6, 4, 5), dtype=np.uint8)
    arrays = dict(
        x_train=images, y_train=np.array([0, 1, 2, 0, 1, 2], np.uint8), x_test=images[:3], y_test=np.array([2, 0, 1])
    )
    np.savez(folder / "plain.npz", **arrays)
    np.savez_compressed(folder / "packed.npz", **arrays)
    colours = random.integers(0, 256, (2, 4, 5, 3), dtype=np.uint8)
    np.savez(
        folder / "colours.npz", x_train=colours, y_train=[[0], [1]], x_test=np.asfortranarray(colours), y_test=[[1.0], [0.0]]
    )
    expected["images"] = images.ravel().tolist()
    expected["colours"] = colours.transpose(0, 3, 1, 2).ravel().tolist()
    (folder / "expected.json").write_text(json.dumps(expected))


def check(folder):
    array = np.load(folder / "kobai.npy")
    print(json.dumps({"type": array.dtype.str, "shape": list(array.shape), "numbers": array.ravel().tolist()}))


if __name__ == "__main__":
    {"write": write, "check": check}[sys.argv[1]](Path(sys.argv[2]))
