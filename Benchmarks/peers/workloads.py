"""What is timed: the arguments for kernel-bench and for the peers, and what a time means."""

from typing import NamedTuple

from networks import LATER


class Workload(NamedTuple):
    label: str
    group: str
    threads: int
    kobai: list[str]
    peers: list[str]
    unit: str
    work: float = 0  # in one call; 0 where the time itself is the figure

    def figure(self, seconds):
        return self.work / seconds if self.work else seconds * 1e6

    @property
    def title(self):
        threads = "1 thread" if self.threads == 1 else f"{self.threads} threads"
        return f"{self.label}, {threads}, {self.unit}"


def training(threads):
    for network in ("mlp", "simple", "deep"):
        yield Workload(
            f"train {network}", "train", threads, ["train", "--model", network], ["train", network], "images/s", 100
        )


def inference(threads):
    for batch, unit, work in ((1, "p50 µs", 0), (1000, "images/s", 1000)):
        yield Workload(
            f"infer simple, batch {batch}", "infer", threads, ["infer", "--model", "simple", "--batch", str(batch)],
            ["infer", "simple", str(batch)], unit, work,
        )


def later(threads):
    """Networks of the years after the book, on images of 3 × 32 × 32."""
    for network in LATER:
        yield Workload(
            f"train {network}", "later", threads, ["train", "--model", network], ["train", network], "images/s", 100
        )
        for batch, unit, work in ((1, "p50 µs", 0), (100, "images/s", 100)):
            yield Workload(
                f"infer {network}, batch {batch}", "later", threads,
                ["infer", "--model", network, "--batch", str(batch)], ["infer", network, str(batch)], unit, work,
            )


def losses(threads):
    for n, c in ((100, 10), (8192, 1000)):
        yield Workload(
            f"softmax-cross-entropy {n}×{c}", "loss", threads, ["softmax", "--shapes", f"{n},{c}"],
            ["loss", str(n), str(c)], "µs",
        )


def products(threads):
    cubes = [(size, size, size, "nn") for size in (128, 256, 512, 1024)]
    layers = [
        (57600, 30, 25, "nt"), (30, 25, 57600, "tn"), (78400, 16, 144, "nt"), (78400, 144, 16, "nn"),
        (100, 100, 784, "nn"), (100, 100, 4320, "nn"), (37, 501, 1023, "nn"),
    ]
    stored = {"nn": "", "nt": ", B transposed", "tn": ", A transposed"}
    for count in sorted({1, threads}):
        for m, n, k, letters in cubes + layers:
            yield Workload(
                f"GEMM {m}×{n}×{k}{stored[letters]}", "gemm", count,
                ["gemm", "--shapes", f"{m},{n},{k},{','.join(letters)}"],
                ["gemm", str(m), str(n), str(k), "--transposed", letters], "GFLOP/s", 2e-9 * m * n * k,
            )


GROUPS = {"train": training, "infer": inference, "later": later, "loss": losses, "gemm": products}
