#!/usr/bin/env python3
"""Writes the files of the corpora that others than Kobai make: make_corpora.py <folder>. It needs numpy and Pillow.

`run corpora` calls it, and has Kobai write the rest. A file of a corpus that is called crash-* once crashed a fuzzer; no
script makes those.
"""
import gzip
import io
import pathlib
import pickle
import struct
import sys

import numpy
from PIL import Image

root = pathlib.Path(sys.argv[1])
random = numpy.random.default_rng(1)


def write(fuzzer, name, data):
    folder = root / fuzzer
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def packed(data):
    return gzip.compress(data, mtime=0)


images = struct.pack(">4I", 0x803, 3, 4, 5) + random.integers(0, 256, 60, "u1").tobytes()
labels = struct.pack(">2I", 0x801, 6) + bytes([3, 1, 4, 1, 5, 9])
floats = struct.pack(">2I", 0xD02, 2) + struct.pack(">I2f", 1, 1.5, -2)
colours = struct.pack(">5I", 0x804, 2, 2, 2, 3) + bytes(range(24))
for name, data in [("images", images), ("labels", labels), ("floats", floats), ("colours", colours)]:
    write("idx", name, data)
    write("idx", name + ".gz", packed(data))
write("idx", "members.gz", packed(labels[:9]) + packed(labels[9:]))

tables = {
    "classes": "sepal,petal,class\n5.1,1.4,setosa\n7.0,4.7,versicolor\n6.3,6.0,virginica\n",
    "quoted": '"a ""b""","c, d",class\r\n1,"x y",0\r\n-2e3,"",1\r\n',
    "values": "a;b;value\n1;red;0.5\n2;blue;-1.25\n3;red;1e-7\n",
    "tabs": "1\t2\t3\n4\t5\t6\n",
    "pixels": "label,p0,p1,p2,p3\n7,0,255,128,1\n2,9,8,7,6\n",
    "missing": "x,class\nNA,a\n,b\nnan,a\n",
}
for name, text in tables.items():
    write("csv", name + ".csv", text.encode())
write("csv", "marked.csv", "\ufeffx,class\n1,ä\n2,ü\n".encode())


def saved(save, *arguments, **named):
    file = io.BytesIO()
    save(file, *arguments, **named)
    return file.getvalue()


arrays = {
    "bytes": random.integers(0, 256, (2, 3), "u1"),
    "floats": random.normal(size=(2, 2)).astype("<f4"),
    "doubles": numpy.asfortranarray(random.normal(size=(2, 3))),
    "big": numpy.arange(3, dtype=">i2"),
    "halves": numpy.arange(4, dtype="<f2"),
    "one": numpy.float64(3),
}
for name, array in arrays.items():
    write("npz", name + ".npy", saved(numpy.save, array))
sets = {
    "x_train": random.integers(0, 256, (3, 2, 2), "u1"),
    "y_train": numpy.array([0, 1, 1], "u1"),
    "x_test": random.integers(0, 256, (1, 2, 2), "u1"),
    "y_test": numpy.array([1], "u1"),
}
write("npz", "plain.npz", saved(numpy.savez, **sets))
write("npz", "deflated.npz", saved(numpy.savez_compressed, **sets))

affine = {"W1": random.normal(size=(3, 2)).astype("f4"), "b1": numpy.zeros(2, "f4")}
convolution = {"W1": random.normal(size=(2, 1, 2, 2)), "b1": numpy.zeros(2), "W2": numpy.ones((2, 2)), "b2": numpy.ones(2)}
for protocol in 2, 3, 4:
    write("pickle", f"affine{protocol}.pkl", pickle.dumps(affine, protocol))
write("pickle", "convolution.pkl", pickle.dumps(convolution, 2))

pixels = random.integers(0, 256, (9, 7, 3), "u1")
gray = Image.fromarray(pixels[..., 0])
colour = Image.fromarray(pixels)
exif = Image.Exif()
exif[0x0112] = 6
pictures = {
    "gray.png": (gray, {}),
    "colour.png": (colour, {}),
    "palette.png": (colour.quantize(5), {"transparency": 0}),
    "alpha.png": (gray.convert("LA"), {}),
    "bits.png": (gray.convert("1"), {}),
    "deep.png": (Image.fromarray(pixels[..., 0].astype("u2") * 257), {}),
    "turned.png": (colour, {"exif": exif}),
    "gray.jpeg": (gray, {"quality": 70}),
    "colour.jpeg": (colour, {"quality": 70}),
    "turned.jpeg": (colour, {"quality": 50, "exif": exif}),
    "progressive.jpeg": (colour, {"quality": 50, "progressive": True}),
    "print.jpeg": (colour.convert("CMYK"), {"quality": 50}),
}
for name, (picture, options) in pictures.items():
    kind = "JPEG" if name.endswith("jpeg") else "PNG"
    write("picture", name, saved(lambda file: picture.save(file, kind, **options)))

for seed in range(8):
    write("kernels", str(seed), random.integers(0, 256, 24, "u1").tobytes())
