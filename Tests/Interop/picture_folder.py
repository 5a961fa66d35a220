"""Writes pictures into a folder, and what torchvision makes of them: Resize(antialias=True) and CenterCrop, by Pillow.

picture_folder.py FOLDER FILE: the file has all pictures at 24x24, 50x33 and 7x64 (height x width), in gray, then in colours.
"""

import os
import sys

import numpy
from PIL import Image


def resized_and_cropped(picture, height, width):
    """torchvision.transforms.Resize, whose shorter side is just covered, and CenterCrop, for sides that may differ."""
    old_width, old_height = picture.size
    if old_width * height > width * old_height:
        size = (height * old_width // old_height, height)
    else:
        size = (width, width * old_height // old_width)
    if size != picture.size:
        picture = picture.resize(size, Image.BILINEAR)
    top, left = int(round((size[1] - height) / 2.0)), int(round((size[0] - width) / 2.0))
    return picture.crop((left, top, left + width, top + height))


def main(folder, file):
    random = numpy.random.default_rng(3)
    pictures = []
    for i, (width, height) in enumerate([(40, 30), (31, 47), (64, 64), (24, 24), (91, 17), (33, 50)]):
        os.makedirs(f"{folder}/{i % 2}", exist_ok=True)
        path = f"{folder}/{i % 2}/{i}." + ("jpg" if i == 5 else "png")
        y, x = numpy.mgrid[:height, :width]
        smooth = (128 + 100 * numpy.sin(x / 5 + i) * numpy.cos(y / 7))[..., None] + numpy.array([0, 20, -20])
        noisy = numpy.clip(smooth + random.normal(0, 30, smooth.shape), 0, 255).astype(numpy.uint8)
        Image.fromarray(noisy if i != 1 else noisy[..., 0]).save(path)
        pictures.append(Image.open(path))
    with open(file, "wb") as out:
        for height, width in [(24, 24), (50, 33), (7, 64)]:
            for mode in ["L", "RGB"]:
                for picture in pictures:
                    pixels = numpy.asarray(resized_and_cropped(picture.convert("RGB").convert(mode), height, width))
                    out.write((pixels if mode == "L" else pixels.transpose(2, 0, 1)).tobytes())


main(*sys.argv[1:])
