"""Runs programs of the documentation's guides, one after the other, with PyTorch imported once.

usage: guides.py FOLDER NAME ...

It goes to FOLDER, runs NAME.py of each name there, and prints one JSON object: what each of them printed. Needs what the programs
import: torch, numpy, scikit-learn, Pillow.
"""

import contextlib
import io
import json
import os
import runpy
import sys

import torch

torch.set_num_threads(1)  # for batches this small others only wait, and longer on a busy machine
folder, *names = sys.argv[1:]
os.chdir(folder)
printed = {}
for name in names:
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        runpy.run_path(f"{name}.py", run_name="__main__")
    printed[name] = output.getvalue()
print(json.dumps(printed))
