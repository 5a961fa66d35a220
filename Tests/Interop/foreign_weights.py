"""Writes weights in formats of other software, and runs the line that is to convert them back.

    python foreign_weights.py write weights.safetensors FILE.{pt,pth,npz}
    python foreign_weights.py run CODE

".pth" is the format of PyTorch before 1.6.
"""

import sys

import numpy as np
import torch
from safetensors.torch import load_file


def write(source, path):
    tensors = load_file(source)
    if path.endswith(".pt"):
        torch.save(tensors, path)
    elif path.endswith(".pth"):
        torch.save(tensors, path, _use_new_zipfile_serialization=False)
    else:
        np.savez(path, **{name: tensor.numpy() for name, tensor in tensors.items()})


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "write":
        write(sys.argv[2], sys.argv[3])
    elif len(sys.argv) == 3 and sys.argv[1] == "run":
        exec(sys.argv[2])
    else:
        sys.exit(__doc__)
