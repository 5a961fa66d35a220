#!/usr/bin/env python3
"""The part of ONNX Runtime and of OpenVINO in `compare`: batches of one size, predicted with a file that Kobai exported.

    python onnx_peer.py --threads 2 onnxruntime|openvino model.onnx BATCH
"""

import argparse

import numpy as np

from peer import dtypes, latency, serve
from runtimes import onnxruntime_session, openvino_model


def onnxruntime_modes(options):
    session, name, shape = onnxruntime_session(options.model, options.batch, options.threads)
    x = images(shape)
    return {"float32": lambda: session.run(None, {name: x})}


def openvino_modes(options):
    """Compiled for low latency, and for high throughput, which may cut a machine into streams."""
    compile_model, shape = openvino_model(options.model, options.batch)
    x = images(shape)

    def mode(hint, kind):
        compiled = compile_model({
            "PERFORMANCE_HINT": hint.upper(), "INFERENCE_PRECISION_HINT": {"float32": "f32", "bfloat16": "bf16"}[kind],
            "INFERENCE_NUM_THREADS": options.threads})
        request = compiled.create_infer_request()
        return lambda: request.infer({0: x}, share_inputs=True)

    return {f"{hint}-{kind}": mode(hint, kind) for kind in dtypes(options) for hint in ("latency", "throughput")}


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
