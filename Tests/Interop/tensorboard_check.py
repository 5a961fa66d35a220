"""Shows a folder of event files to the real TensorBoard and prints what it makes of them.

    python tensorboard_check.py LOGDIR [TensorBoard's option …]

Starts TensorBoard on loopback, asks its HTTP interface for all scalars, histograms and images, stops it, and prints one
JSON object: {"scalars": {run: {tag: …}}, "histograms": …, "images": …}.
"""

import base64
import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

PLUGINS = ["scalars", "histograms", "images"]
LONGEST_WAIT = 60  # seconds


class TensorBoard:
    def __init__(self, logdir, options):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}/data/plugin/"
        self.direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tensorboard.main", "--logdir", logdir, "--host", "127.0.0.1", "--port", str(port)]
            + options,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def get(self, path, **query):
        with self.direct.open(self.address + path + "?" + urllib.parse.urlencode(query), timeout=10) as reply:
            return reply.read()

    def tags(self):
        """{plugin: {run: {tag: …}}} once it has stopped changing: files are loaded in the background."""
        before = None
        end = time.monotonic() + LONGEST_WAIT
        while time.monotonic() < end:
            if self.process.poll() is not None:
                sys.exit(f"error: TensorBoard ended with exit code {self.process.returncode}")
            time.sleep(0.5)
            try:
                now = {plugin: json.loads(self.get(f"{plugin}/tags")) for plugin in PLUGINS}
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                continue
            if now == before and any(now.values()):
                return now
            before = now
        sys.exit(f"error: TensorBoard showed nothing within {LONGEST_WAIT} s")

    def series(self, plugin, run, tag):
        if plugin == "images":
            listed = json.loads(self.get("images/images", run=run, tag=tag, sample=0))
            return [{"step": image["step"], "png": self.picture(image["query"])} for image in listed]
        return [
            {"wall_time": wall_time, "step": step, "value": value}
            for wall_time, step, value in json.loads(self.get(f"{plugin}/{plugin}", run=run, tag=tag))
        ]

    def picture(self, query):
        png = self.get("images/individualImage", **dict(urllib.parse.parse_qsl(query)))
        return base64.b64encode(png).decode()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    # A test's threads block signals, and a process inherits that: TensorBoard must hear that it is to end.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    with TensorBoard(sys.argv[1], sys.argv[2:]) as board:
        print(
            json.dumps(
                {
                    plugin: {run: {tag: board.series(plugin, run, tag) for tag in tags} for run, tags in runs.items()}
                    for plugin, runs in board.tags().items()
                }
            )
        )
