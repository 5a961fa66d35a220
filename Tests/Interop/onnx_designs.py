"""Checks many ONNX files against the outputs that their networks computed, with onnx and onnxruntime, in one process.

    python onnx_designs.py FOLDER

For each NAME.onnx of the folder, NAME.in0.f32, NAME.in1.f32 … and NAME.out0.f32 … hold raw little-endian floats, one sample after
the other. An output may differ by 1e-4 of its largest element. Prints one JSON object: how many files were checked, and what is wrong
with which.
"""

import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
from onnx_check import sizes

TOLERANCE = 1e-4


def check(path):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)

    def tensors(values, kind):
        return {
            value.name: np.fromfile(path.with_suffix(f".{kind}{i}.f32"), "<f4").reshape([-1, *sizes(value)[1:]])
            for i, value in enumerate(values)
        }

    inputs, expected = tensors(model.graph.input, "in"), tensors(model.graph.output, "out")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    largest = 0.0
    for (name, right), output in zip(expected.items(), session.run(list(expected), inputs)):
        assert output.shape == right.shape, f"{name} is {output.shape}, not {right.shape}"
        scale = float(np.abs(right).max())
        difference = float(np.abs(output - right).max())
        assert difference <= TOLERANCE * scale, f"{name} differs by up to {difference}, of up to {scale}"
        largest = max(largest, difference / scale if scale else 0.0)
    return largest


def main(folder):
    failures, largest = {}, 0.0
    paths = sorted(pathlib.Path(folder).glob("*.onnx"))
    for path in paths:
        try:
            largest = max(largest, check(path))
        except Exception as error:  # of onnx, onnxruntime or numpy: each says what is wrong with this one file
            failures[path.stem] = f"{type(error).__name__}: {error}".replace("\n", " ")
    print(json.dumps({"checked": len(paths), "largest": largest, "failures": failures}))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
