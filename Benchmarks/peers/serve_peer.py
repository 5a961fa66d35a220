#!/usr/bin/env python3
"""The part of ONNX Runtime and of OpenVINO in `compare`: single images predicted by one or several threads at once, with one copy of
the weights.

    python serve_peer.py onnxruntime|openvino MODE TASKS model.onnx

A mode is an engine's, and has the process to itself, so that its memory is its own. For each line on standard input the threads predict
for a second, and one line of JSON says how long a prediction took (`seconds`, of all threads together), its p50 and p99 in seconds, and
the MB that the process had grown by, once warm, since before the model was loaded (libraries' files do not count).
"""

import argparse
import json
import os
import sys
import threading
import time

import numpy as np

from runtimes import onnxruntime_session, openvino_model

ROUND = 1  # seconds


def resident_megabytes():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("RssAnon:"))


def onnxruntime_requests(path, mode, tasks):
    """Calls of several threads share one session, which has so many threads inside a call."""
    threads = {"one-thread": 1, "all-threads": len(os.sched_getaffinity(0)), "default": 0}[mode]
    session, name, shape = onnxruntime_session(path, 1, threads, between=1 if mode != "default" else 0)
    return shape, lambda: lambda x: session.run(None, {name: x})


def openvino_requests(path, mode, tasks):
    """A model compiled for low latency or for high throughput; each thread has a request of its own."""
    compile_model, shape = openvino_model(path, 1)
    # fp32, which the others compute in.
    compiled = compile_model({
        "PERFORMANCE_HINT": mode.upper(), "INFERENCE_PRECISION_HINT": "f32",
        "PERFORMANCE_HINT_NUM_REQUESTS": str(tasks)})

    def request():
        own = compiled.create_infer_request()
        return lambda x: own.infer({0: x}, share_inputs=True)

    return shape, request


def serve(image, requests, seconds):
    """The times of all calls, and how long they took together."""
    times, lock = [], threading.Lock()
    start = time.perf_counter()

    def task(predict):
        own = []
        while (before := time.perf_counter()) < start + seconds:
            predict(image)
            own.append(time.perf_counter() - before)
        with lock:
            times.extend(own)

    threads = [threading.Thread(target=task, args=[predict]) for predict in requests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return np.array(times), time.perf_counter() - start


def main():
    engines = {"onnxruntime": onnxruntime_requests, "openvino": openvino_requests}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("engine", choices=engines)
    parser.add_argument("mode")
    parser.add_argument("tasks", type=int)
    parser.add_argument("model")
    options = parser.parse_args()
    __import__(options.engine)
    before = resident_megabytes()
    shape, request = engines[options.engine](options.model, options.mode, options.tasks)
    image = np.random.default_rng(5).uniform(-1, 1, shape).astype(np.float32)
    requests = [request() for _ in range(options.tasks)]
    serve(image, requests, 0.3)
    memory = resident_megabytes() - before
    print("ready", options.mode, flush=True)
    for _ in sys.stdin:
        times, elapsed = serve(image, requests, ROUND)
        print(json.dumps({"mode": options.mode, "seconds": elapsed / len(times), "p50": float(np.percentile(times, 50)),
                          "p99": float(np.percentile(times, 99)), "resident_mb": memory}), flush=True)


main()
