#!/usr/bin/env python3
"""The part of ONNX Runtime and of OpenVINO in `compare`: batches of one size, predicted with a file that Kobai exported.

    python onnx_peer.py --threads 2 onnxruntime|openvino model.onnx BATCH
"""

import argparse

import numpy as np

from peer import latency, serve


def onnxruntime_modes(options):
    import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.threads
    settings.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(options.model, settings, providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0]
    x = images([size if isinstance(size, int) else options.batch for size in given.shape])
    return {"float32": lambda: session.run(None, {given.name: x})}


def openvino_modes(options):
    """Compiled for low latency, and for high throughput, which may cut a machine into streams. bfloat16 is used where it is
    allowed."""
    import openvino

    core = openvino.Core()
    model = core.read_model(options.model)
    shape = [size.get_length() if size.is_static else options.batch for size in model.input(0).partial_shape]
    model.reshape(shape)
    x = images(shape)

    def mode(hint, kind):
        compiled = core.compile_model(model, "CPU", {
            "PERFORMANCE_HINT": hint, "INFERENCE_PRECISION_HINT": kind, "INFERENCE_NUM_THREADS": options.threads})
        request = compiled.create_infer_request()
        return lambda: request.infer({0: x}, share_inputs=True)

    kinds = {"f32": "float32"} | ({"bf16": "bfloat16"} if options.precision == "medium" else {})
    return {f"{hint} {name}".replace(" ", "-"): mode(hint.upper(), kind)
            for kind, name in kinds.items() for hint in ("latency", "throughput")}


def images(shape):
    return np.random.default_rng(5).uniform(-1, 1, shape).astype(np.float32)


def main():
    engines = {"onnxruntime": onnxruntime_modes, "openvino": openvino_modes}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", choices=["highest", "medium"], default="highest", help="medium: bfloat16, too")
    parser.add_argument("engine", choices=engines)
    parser.add_argument("model")
    parser.add_argument("batch", type=int)
    options = parser.parse_args()
    serve(engines[options.engine](options), measure=latency)


main()
