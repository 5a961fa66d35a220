"""Checks an ONNX file against the logits that the network itself computed, with onnx and onnxruntime.

    python onnx_check.py model.onnx inputs.f32... logits.f32...

The other files, one for each input and then one for each output of the network, hold raw little-endian floats, one sample after
the other. Runs the model on all samples at once and on some of them one by one; prints one JSON object, or what is wrong, with
exit code 1.
"""

import json
import sys

import numpy as np
import onnx
import onnxruntime

TOLERANCE = 1e-4
SINGLE_SAMPLES = 20


def sizes(value):
    """The shape of a graph's input or output; a name where a size is left open."""
    return [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]


def check(model_path, *paths):
    model = onnx.load(model_path)
    onnx.checker.check_model(model, full_check=True)
    graph_inputs, graph_outputs = model.graph.input, model.graph.output
    assert len(paths) == len(graph_inputs) + len(graph_outputs), f"{len(graph_inputs)} inputs, {len(graph_outputs)} outputs"
    tensors = [
        np.fromfile(path, "<f4").reshape([-1, *sizes(value)[1:]]) for path, value in zip(paths, [*graph_inputs, *graph_outputs])
    ]
    inputs = {value.name: tensor for value, tensor in zip(graph_inputs, tensors)}
    every_expected = tensors[len(graph_inputs) :]
    samples = len(tensors[0])
    assert samples > 0 and all(len(t) == samples for t in tensors), f"{samples} inputs, but {len(tensors[-1])} logits"

    session = onnxruntime.InferenceSession(model_path, providers=["CPUExecutionProvider"])
    names = [value.name for value in graph_outputs]
    difference = 0.0
    for logits, expected in zip(session.run(names, inputs), every_expected):
        assert logits.shape == expected.shape, f"logits are {logits.shape}, not {expected.shape}"
        assert np.isfinite(expected).all(), "the expected logits are not all numbers"
        difference = max(difference, float(np.abs(logits - expected).max()))
        assert difference <= TOLERANCE, f"logits differ by up to {difference}"
        classes = logits.reshape(samples, -1).argmax(1)
        expected_classes = expected.reshape(samples, -1).argmax(1)
        assert (classes == expected_classes).all(), f"{(classes != expected_classes).sum()} classes differ"
    for i in range(min(SINGLE_SAMPLES, samples)):
        singles = session.run(names, {name: x[i : i + 1] for name, x in inputs.items()})
        for single, expected in zip(singles, every_expected):
            difference = max(difference, float(np.abs(single - expected[i : i + 1]).max()))
        assert difference <= TOLERANCE, f"sample {i} alone: logits differ by up to {difference}"

    return {
        "samples": samples,
        "input": sizes(graph_inputs[0]),
        "output": sizes(graph_outputs[0]),
        "opset": model.opset_import[0].version,
        "operators": [node.op_type for node in model.graph.node],
        "classes_seen": len(set(every_expected[0].reshape(samples, -1).argmax(1).tolist())),
        "largest_logit": float(np.abs(every_expected[0]).max()),
        "largest_difference": difference,
    }


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    try:
        print(json.dumps(check(*sys.argv[1:])))
    except (AssertionError, OSError, ValueError, onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        sys.exit(f"error: {error}")
