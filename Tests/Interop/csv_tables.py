"""Writes tables by Python's csv module in several dialects, and what numpy makes of them.

usage: csv_tables.py FOLDER

Writes comma.csv, semicolon.csv, tab.csv and quoted.csv with the same 500 rows, and expected.json with the Float32 bits of the columns x and y,
the classes in order, and each row's class.
"""

import csv
import json
import sys
from pathlib import Path

import numpy as np

CLASSES = ["plain", "with, comma", 'with "quotes"', "with; semicolon", "日本語", "two words"]


def main():
    folder = Path(sys.argv[1])
    random = np.random.default_rng(11)
    x = random.standard_normal(500) * 10.0 ** random.integers(-40, 38, 500)
    y = random.standard_normal(500).astype(np.float32)
    classes = random.integers(0, len(CLASSES), 500)
    rows = [[repr(float(a)), str(b), CLASSES[c]] for a, b, c in zip(x, y, classes)]
    dialects = {
        "comma": dict(),
        "semicolon": dict(delimiter=";", lineterminator="\n"),
        "tab": dict(delimiter="\t"),
        "quoted": dict(quoting=csv.QUOTE_ALL),
    }
    for name, dialect in dialects.items():
        with open(folder / f"{name}.csv", "w", newline="", encoding="utf-8-sig" if name == "quoted" else "utf-8") as file:
            writer = csv.writer(file, **dialect)
            writer.writerow(["x", "y", "kind"])
            writer.writerows(rows)
    names = sorted(CLASSES, key=lambda name: name.encode())
    expected = {
        "bits": np.column_stack([x.astype(np.float32), y]).view(np.uint32).ravel().tolist(),
        "names": names,
        "classes": [names.index(CLASSES[c]) for c in classes],
    }
    (folder / "expected.json").write_text(json.dumps(expected))


main()
