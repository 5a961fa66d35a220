#!/usr/bin/env python3
"""Single images predicted by one or several threads at once, with one copy of the weights, by ONNX Runtime or OpenVINO.

    python serve_peer.py onnxruntime|openvino model.onnx [--tasks 1,8] [--seconds 2]

It prints a JSON object for each number of tasks, in the fastest of the engine's modes: p50 and p99 in µs, predictions/s, and the MB
that the process has grown by since before the model was loaded.
"""

import argparse
import json
import os
import threading
import time

import numpy as np


def resident_megabytes():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS:"))


def onnxruntime_modes(path, tasks):
    """Sessions with so many threads inside a call; calls of several threads share one session."""
    import onnxruntime

    def mode(threads):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        given = session.get_inputs()[0]
        shape = [size if isinstance(size, int) else 1 for size in given.shape]
        return shape, lambda: lambda x: session.run(None, {given.name: x})

    processors = len(os.sched_getaffinity(0))
    return {f"{threads} threads a call": lambda threads=threads: mode(threads) for threads in sorted({1, processors})}


def openvino_modes(path, tasks):
    """A compiled model for low latency, and one for high throughput; each thread has a request of its own."""
    import openvino

    def mode(hint):
        core = openvino.Core()
        model = core.read_model(path)
        shape = [size.get_length() if size.is_static else 1 for size in model.input(0).partial_shape]
        model.reshape(shape)
        # fp32 as the others compute in.
        settings = {"PERFORMANCE_HINT": hint, "INFERENCE_PRECISION_HINT": "f32",
                    "PERFORMANCE_HINT_NUM_REQUESTS": str(tasks)}
        compiled = core.compile_model(model, "CPU", settings)

        def request():
            own = compiled.create_infer_request()
            return lambda x: own.infer({0: x}, share_inputs=True)

        return shape, request

    return {hint.lower(): lambda hint=hint: mode(hint) for hint in ("LATENCY", "THROUGHPUT")}


def serve(shape, request, tasks, seconds):
    image = np.random.default_rng(5).uniform(-1, 1, shape).astype(np.float32)
    times, lock, end = [], threading.Lock(), time.perf_counter() + seconds

    def task():
        predict, own = request(), []
        while (before := time.perf_counter()) < end:
            predict(image)
            own.append(time.perf_counter() - before)
        with lock:
            times.extend(own)

    start = time.perf_counter()
    threads = [threading.Thread(target=task) for _ in range(tasks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return np.array(times), time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("engine", choices=["onnxruntime", "openvino"])
    parser.add_argument("model")
    parser.add_argument("--tasks", default="1,8")
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--mode", help="one mode alone, for memory that no other has used")
    options = parser.parse_args()
    modes_of = {"onnxruntime": onnxruntime_modes, "openvino": openvino_modes}[options.engine]
    __import__(options.engine)
    for tasks in map(int, options.tasks.split(",")):
        results = []
        for name, make in modes_of(options.model, tasks).items():
            if options.mode not in (None, name):
                continue
            before = resident_megabytes()
            shape, request = make()
            serve(shape, request, tasks, min(options.seconds, 0.3))
            times, elapsed = serve(shape, request, tasks, options.seconds)
            results.append({"engine": options.engine, "mode": name, "tasks": tasks,
                            "p50": round(float(np.percentile(times, 50)) * 1e6, 1),
                            "p99": round(float(np.percentile(times, 99)) * 1e6, 1),
                            "predictions_per_second": round(len(times) / elapsed, 1),
                            "resident_mb": round(resident_megabytes() - before, 1)})
            del request
        print(json.dumps(max(results, key=lambda result: result["predictions_per_second"])))


main()
