"""What the peers share: the command line, and rounds when the driver asks for them.

A peer prints `ready MODE...` once its modes are warm. For each line `go MODE` it then runs one round and answers with
a JSON line, {"mode": MODE, "seconds": TIME OF ONE CALL}. It ends with its input.
"""

import argparse
import json
import statistics
import sys
import time

from networks import BOOK

ROUND = 0.3  # seconds, at least
LEARNING_RATE = 1e-6  # so small that one batch is not learnt by heart: gradients stay those of a network in training
BATCH = 100  # images in a training step


def arguments(*tasks, networks=BOOK):
    """The task with its sizes, the threads and the precision."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", choices=["highest", "medium"], default="highest", help="medium: bfloat16, too")
    commands = parser.add_subparsers(dest="task", required=True)
    for task in tasks:
        command = commands.add_parser(task)
        if task in ("train", "infer"):
            command.add_argument("network", choices=list(networks))
        for size in {"infer": ["batch"], "loss": ["n", "c"], "gemm": ["m", "n", "k"]}.get(task, []):
            command.add_argument(size, type=int)
        if task == "gemm":
            command.add_argument("--transposed", default="nn", help="two of n and t: which factor is stored transposed")
    return parser.parse_args()


def dtypes(options):
    """Where bfloat16 is allowed single precision still is: the quicker one counts."""
    return ["float32", "bfloat16"] if options.precision == "medium" else ["float32"]


def seconds(call, wait, count):
    """The mean time of some calls; what the last one returns is waited for."""
    start = time.perf_counter()
    for _ in range(count):
        result = call()
    wait(result)
    return (time.perf_counter() - start) / count


def latency(call, wait, count):
    """The median time of calls that are waited for one by one."""
    return statistics.median(seconds(call, wait, 1) for _ in range(count))


def calls_in_round(call, wait):
    """How many there are in a round, and the time of one; warms up on the way."""
    seconds(call, wait, 1)
    count = 1
    while (one := seconds(call, wait, count)) * count < ROUND:
        count = max(2 * count, int(1.1 * ROUND / one)) if one * count > ROUND / 20 else 8 * count
    return count, one


def serve(modes, measure=seconds, wait=lambda result: None):
    """Runs rounds of the modes, functions by name. One that fails, or takes three times as long as another, is left out."""
    counts, times = {}, {}
    for name, call in modes.items():
        try:
            counts[name], times[name] = calls_in_round(call, wait)
        except Exception as error:
            print(f"{name} is left out: {type(error).__name__}: {error}", file=sys.stderr)
    print("ready", *(name for name in times if times[name] < 3 * min(times.values())), flush=True)
    for line in sys.stdin:
        mode = line.split()[1]
        print(json.dumps({"mode": mode, "seconds": measure(modes[mode], wait, counts[mode])}), flush=True)
