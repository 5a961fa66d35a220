"""Checks an ONNX file against the logits that the network itself computed, with onnx and onnxruntime.

    python onnx_check.py model.onnx inputs.f32 logits.f32

The two other files hold raw little-endian floats, one sample after the other. Runs the model on all samples at once and
on some of them one by one; prints one JSON object, or what is wrong, with exit code 1.
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


def check(model_path, inputs_path, logits_path):
    model = onnx.load(model_path)
    onnx.checker.check_model(model, full_check=True)
    (graph_input,), (graph_output,) = model.graph.input, model.graph.output
    inputs = np.fromfile(inputs_path, "<f4").reshape([-1, *sizes(graph_input)[1:]])
    expected = np.fromfile(logits_path, "<f4").reshape([-1, *sizes(graph_output)[1:]])
    assert len(inputs) == len(expected) > 0, f"{len(inputs)} inputs, but {len(expected)} logits"

    session = onnxruntime.InferenceSession(model_path, providers=["CPUExecutionProvider"])
    (logits,) = session.run([graph_output.name], {graph_input.name: inputs})
    assert logits.shape == expected.shape, f"logits are {logits.shape}, not {expected.shape}"
    assert np.isfinite(expected).all(), "the expected logits are not all numbers"
    difference = float(np.abs(logits - expected).max())
    assert difference <= TOLERANCE, f"logits differ by up to {difference}"
    classes = logits.reshape(len(logits), -1).argmax(1)
    expected_classes = expected.reshape(len(expected), -1).argmax(1)
    assert (classes == expected_classes).all(), f"{(classes != expected_classes).sum()} classes differ"
    for i in range(min(SINGLE_SAMPLES, len(inputs))):
        (single,) = session.run([graph_output.name], {graph_input.name: inputs[i : i + 1]})
        difference = max(difference, float(np.abs(single - expected[i : i + 1]).max()))
        assert difference <= TOLERANCE, f"sample {i} alone: logits differ by up to {difference}"

    return {
        "samples": len(inputs),
        "input": sizes(graph_input),
        "output": sizes(graph_output),
        "opset": model.opset_import[0].version,
        "operators": [node.op_type for node in model.graph.node],
        "classes_seen": len(set(classes.tolist())),
        "largest_logit": float(np.abs(expected).max()),
        "largest_difference": difference,
    }


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    try:
        print(json.dumps(check(*sys.argv[1:])))
    except (AssertionError, OSError, ValueError, onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        sys.exit(f"error: {error}")
