#!/usr/bin/env python3
"""Draws synthetic photographs of handwritten digits, with what photographs have that MNIST lacks.

    make_photographs.py MNIST_FOLDER OUT_FOLDER [--count 300] [--seed 1]

Each is a digit of MNIST's test set, drawn with a pen of some colour and width on paper, or with chalk on a board, turned by up to
15 degrees, with one to four of: shading of up to 80 grays, ruled or squared paper, the edges of shadows, dark frames and scan edges,
specks; then blur, noise, and JPEG at quality 40 (or PNG). Sizes are those of crops from a phone. The files are named
NUMBER_LABEL_WHAT.jpg; the same seed draws the same pictures. Needs numpy and Pillow. To see what a network makes of them:

    cnn-train predict --quiet --weights deep.safetensors OUT_FOLDER/* |
        awk -F'[_: ]+' '{ n++; right += $2 == $NF && NF == 4 } END { print right " of " n }'

(The answer is the last field; a picture with more than one answer counts as wrong.)
"""

import argparse
import gzip
import pathlib

import numpy
from PIL import Image, ImageFilter

PENS = {
    "black": (25, 25, 30), "blue": (35, 60, 165), "red": (190, 35, 45), "green": (20, 115, 65), "pencil": (105, 105, 108),
    "violet": (110, 40, 140), "orange": (235, 120, 20), "yellow": (245, 215, 30),
}
CHALKS = {"white": (235, 235, 230), "yellow": (240, 225, 120), "pink": (240, 160, 175), "light blue": (150, 195, 240)}
EXTRAS = ["shading", "ruled", "squared", "shadow", "frame", "scanedge", "specks"]


def read_idx(path, header):
    data = gzip.open(path).read() if path.suffix == ".gz" else path.read_bytes()
    return numpy.frombuffer(data, numpy.uint8, offset=header)


def load(folder):
    def find(name):
        return next(p for p in sorted(folder.iterdir()) if p.name.startswith(name))

    images = read_idx(find("t10k-images"), 16).reshape(-1, 28, 28)
    return images, read_idx(find("t10k-labels"), 8)


def ink_mask(digit, size, pen_width, angle):
    """The digit's ink, 0 to 1, `size` pixels high and wide; a wider pen takes more of the gray borders in."""
    large = Image.fromarray(digit).resize((size, size), Image.Resampling.BICUBIC)
    large = large.rotate(angle, Image.Resampling.BICUBIC)
    soft = numpy.asarray(large.filter(ImageFilter.GaussianBlur(size / 80)), float) / 255
    softness = max(1.5 / (size / 28), 0.04)
    return numpy.clip((soft - pen_width) / softness + 0.5, 0, 1)


def coordinates(width, height):
    y, x = numpy.mgrid[0:height, 0:width].astype(float)
    return x, y


def along(width, height, angle):
    """How far each pixel lies from the middle in a direction."""
    x, y = coordinates(width, height)
    return (x - width / 2) * numpy.cos(angle) + (y - height / 2) * numpy.sin(angle)


def lines(random, width, height, is_squared):
    """The lines of paper, 0 to 1."""
    pitch = random.uniform(0.05, 0.16) * min(width, height)
    thickness = max(1.0, random.uniform(0.002, 0.006) * min(width, height))
    tilt = numpy.radians(random.uniform(-4, 4))
    drawn = numpy.zeros((height, width))
    for angle in [numpy.pi / 2] + ([0.0] if is_squared else []):
        offset = random.uniform(0, pitch)
        distance = numpy.abs((along(width, height, angle + tilt) + offset) % pitch - pitch / 2)
        drawn = numpy.maximum(drawn, numpy.clip(thickness / 2 - distance + 0.5, 0, 1))
    return drawn


def shading(random, width, height):
    """Light that changes slowly, in grays: 0 to at most 80 less."""
    depth = random.uniform(30, 80)
    if random.random() < 0.6:
        slope = along(width, height, random.uniform(0, 2 * numpy.pi))
    else:
        x, y = coordinates(width, height)
        slope = numpy.hypot(x - random.uniform(0, width), y - random.uniform(0, height))
    slope -= slope.min()
    return -depth * slope / slope.max()


def shadow(random, width, height):
    """A hand's or a phone's shadow: what light is left, 0 to 1. Half a plane, or a band."""
    extent = min(width, height)
    distance = along(width, height, random.uniform(0, 2 * numpy.pi)) - random.uniform(-0.35, 0.35) * extent
    softness = random.uniform(0.002, 0.05) * extent
    side = numpy.clip(distance / softness + 0.5, 0, 1)
    if random.random() < 0.25:
        side = side * numpy.clip((random.uniform(0.2, 0.5) * extent - distance) / softness + 0.5, 0, 1)
    return 1 - (1 - random.uniform(0.6, 0.85)) * side


def frame(random, width, height, sides):
    """Whether a pixel lies beyond the paper's edges, which are a little slanted."""
    x, y = coordinates(width, height)
    beyond = numpy.zeros((height, width), bool)
    for side in sides:
        thickness = random.uniform(0.015, 0.09) * min(width, height)
        slant = numpy.tan(numpy.radians(random.uniform(-2.5, 2.5)))
        along_side, depth = [(x, y), (x, height - 1 - y), (y, x), (y, width - 1 - x)][side]
        beyond |= depth < thickness + slant * along_side
    return beyond


def photograph(random, digit):
    width, height = (int(random.integers(240, 900)) for _ in range(2))
    if random.random() < 0.5:
        height = width
    width, height = max(width, int(height * 0.6)), max(height, int(width * 0.6))
    extent = min(width, height)
    is_board = random.random() < 0.15
    if is_board:
        base = numpy.array(random.choice([(35, 40, 38), (25, 60, 45), (45, 45, 50)]), float)
        pen = CHALKS[random.choice(list(CHALKS))]
    else:
        base = numpy.array([random.uniform(225, 250)] * 3) - random.uniform(0, 14) * numpy.array([0, 0.4, 1])
        pen = PENS[random.choice(list(PENS))]
    picture = numpy.ones((height, width, 3)) * base
    wanted = 1 + int(random.integers(0, 4))
    extras = list(random.choice(EXTRAS, wanted, replace=False))
    if "ruled" in extras and "squared" in extras:
        extras.remove("ruled")
    if "ruled" in extras or "squared" in extras:
        drawn = lines(random, width, height, "squared" in extras)[..., None]
        color = base + 45 if is_board else numpy.array(random.choice([(165, 190, 220), (190, 190, 195), (225, 170, 170)]))
        picture = picture * (1 - drawn) + color * drawn

    size = int(extent * random.uniform(0.45, 0.95))
    mask = ink_mask(digit, size, random.uniform(0.3, 0.7), random.uniform(-15, 15))
    room = 0.12 * extent if {"frame", "scanedge"} & set(extras) else 0
    rows, columns = numpy.where(mask > 0.3)
    # The ink, not MNIST's margins, stays inside the picture.
    def place(least, greatest, length):
        low, high = room + 3 - least, length - room - 3 - greatest
        return int(random.uniform(low, high)) if high > low else int((low + high) / 2)

    top, left = place(rows.min(), rows.max(), height), place(columns.min(), columns.max(), width)
    ink = numpy.zeros((height, width))
    inside_rows = slice(max(top, 0), min(top + size, height))
    inside_columns = slice(max(left, 0), min(left + size, width))
    ink[inside_rows, inside_columns] = mask[
        inside_rows.start - top:inside_rows.stop - top, inside_columns.start - left:inside_columns.stop - left]
    strength = random.uniform(0.85, 1.0) * ink[..., None]
    picture = picture * (1 - strength) + numpy.array(pen) * strength

    if "specks" in extras:
        for _ in range(int(random.integers(12, 40))):
            y, x, side = int(random.integers(0, height)), int(random.integers(0, width)), int(random.integers(2, 5))
            picture[y:y + side, x:x + side] = 230 if is_board else 40
    if "shading" in extras:
        light = shading(random, width, height)[..., None]
        picture = picture * 0.6 - light if is_board else picture * (1 + light / 255)
    if "shadow" in extras:
        picture = picture * shadow(random, width, height)[..., None]
    if "frame" in extras:
        picture[frame(random, width, height, range(4))] = random.uniform(10, 60)
    elif "scanedge" in extras:
        picture[frame(random, width, height, random.choice(4, int(random.integers(1, 3)), replace=False))] = random.uniform(10, 60)
    image = Image.fromarray(numpy.clip(picture, 0, 255).astype(numpy.uint8))
    image = image.filter(ImageFilter.GaussianBlur(random.uniform(0, 0.004) * extent))
    noisy = numpy.asarray(image, float) + random.normal(0, random.uniform(0, 5), (height, width, 1))
    return Image.fromarray(numpy.clip(noisy, 0, 255).astype(numpy.uint8)), ("board " if is_board else "") + " ".join(sorted(extras))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("mnist", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    images, labels = load(options.mnist)
    options.out.mkdir(parents=True, exist_ok=True)
    for number in range(options.count):
        random = numpy.random.default_rng([options.seed, number])
        index = int(random.integers(0, len(images)))
        image, what = photograph(random, images[index])
        stem = options.out / f"{number:03}_{labels[index]}_{what.replace(' ', '-')}"
        if number % 4 == 3:
            image.save(f"{stem}.png")
        else:
            image.save(f"{stem}.jpg", quality=40)


if __name__ == "__main__":
    main()
