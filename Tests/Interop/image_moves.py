"""Checks flips and crops against torchvision's RandomCrop(padding=p, padding_mode=MODE) followed by RandomHorizontalFlip, by numpy.

image_moves.py FILE MODE: int32 count, channels, height, width, padding; the images' bytes; int32 top, left, flip of each image (of the
crop's corner in the padded image); float32 images as they were loaded, from 0 to 255.
"""

import sys

import numpy

data = open(sys.argv[1], "rb").read()
count, channels, height, width, padding = numpy.frombuffer(data, "<i4", 5)
pixels = count * channels * height * width
images = numpy.frombuffer(data, numpy.uint8, pixels, 20).reshape(count, channels, height, width)
moves = numpy.frombuffer(data, "<i4", 3 * count, 20 + pixels).reshape(count, 3)
loaded = numpy.frombuffer(data, "<f4", pixels, 20 + pixels + 12 * count).reshape(images.shape)
for image, (top, left, flip), result in zip(images, moves, loaded):
    padded = numpy.pad(image, ((0, 0), (padding, padding), (padding, padding)), mode=sys.argv[2])
    crop = padded[:, top : top + height, left : left + width]
    expected = crop[:, :, ::-1] if flip else crop
    assert numpy.array_equal(result, expected), (top, left, flip)
print(f"{count} images, as torchvision moves them")
