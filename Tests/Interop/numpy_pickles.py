"""Writes weights as the book's Python does, and arrays that numpy stores in other ways.

usage: numpy_pickles.py FOLDER

Every file holds W1 = 0, 1, 2, ... as (2, 3) and b1 = 0.5, 1.5, 2.5, in the protocol and the kind that its name says.
"""

import pickle
import sys

import numpy as np

KINDS = {
    "float": np.float32,
    "double": np.float64,
    "bigendian": np.dtype(">f4"),
}


def arrays(kind, order):
    weight = np.asarray(np.arange(6).reshape(2, 3), dtype=kind, order=order)
    return {"W1": weight, "b1": np.array([0.5, 1.5, 2.5], dtype=kind)}


if __name__ == "__main__":
    for protocol in (2, 3, 4):
        for name, kind in KINDS.items():
            for order in ("C", "F"):
                with open(f"{sys.argv[1]}/{protocol}-{name}-{order}.pkl", "wb") as file:
                    pickle.dump(arrays(kind, order), file, protocol)
