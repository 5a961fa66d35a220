"""What is timed: the arguments for kernel-bench and for the peers, and what a time means."""

from typing import NamedTuple

from networks import LATER


class Measure(NamedTuple):
    """What a round finds out."""

    unit: str
    key: str = "seconds"
    work: float = 0  # in one call; 0 where the number itself is the figure
    scale: float = 1e6  # of the number

    def figure(self, number):
        return self.work / number if self.work else number * self.scale


class Workload(NamedTuple):
    label: str
    group: str
    threads: int
    kobai: list[str]
    peers: list[str]
    measures: list[Measure]  # of which the first decides which mode is the fastest
    is_small: bool = False  # a product for libraries of small ones, too
    file: str = ""  # of the network, for those that read files of ONNX

    def title(self, measure):
        threads = "1 thread" if self.threads == 1 else f"{self.threads} threads"
        return f"{self.label}, {threads}, {measure.unit}"

    def located(self, models):
        """With the folder of the files of networks in place of {models}."""
        return self._replace(kobai=[word.format(models=models) for word in self.kobai],
                             peers=[word.format(models=models) for word in self.peers],
                             file=self.file.format(models=models))


def training(threads):
    for network in ("mlp", "simple", "deep"):
        yield Workload(
            f"train {network}", "train", threads, ["train", "--model", network], ["train", network],
            [Measure("images/s", work=100)],
        )


def inference(threads):
    for batch, unit, work in ((1, "p50 µs", 0), (1000, "images/s", 1000)):
        yield Workload(
            f"infer simple, batch {batch}", "infer", threads, ["infer", "--model", "simple", "--batch", str(batch)],
            ["infer", "simple", str(batch)], [Measure(unit, work=work)],
        )


def later(threads):
    """Networks of the years after the book, on images of 3 × 32 × 32."""
    for network in LATER:
        yield Workload(
            f"train {network}", "later", threads, ["train", "--model", network], ["train", network],
            [Measure("images/s", work=100)],
        )
        for batch, unit, work in ((1, "p50 µs", 0), (100, "images/s", 100)):
            yield Workload(
                f"infer {network}, batch {batch}", "later", threads,
                ["infer", "--model", network, "--batch", str(batch)], ["infer", network, str(batch)],
                [Measure(unit, work=work)],
            )


def losses(threads):
    for n, c in ((100, 10), (8192, 1000)):
        yield Workload(
            f"softmax-cross-entropy {n}×{c}", "loss", threads, ["softmax", "--shapes", f"{n},{c}"],
            ["loss", str(n), str(c)], [Measure("µs")],
        )


def products(threads):
    """Cubes, products of the book's layers, and others of their kinds: thin, skinny, small."""
    cubes = [(size, size, size, "nn") for size in (8, 16, 32, 64, 128, 256, 512, 1024)]
    layers = [
        (57600, 30, 25, "nt"), (30, 25, 57600, "tn"), (65536, 24, 27, "nt"), (78400, 16, 144, "nt"), (78400, 144, 16, "nn"),
        (100, 100, 784, "nn"), (100, 100, 4320, "nn"), (37, 501, 1023, "nn"), (256, 800, 256, "nt"), (256, 256, 800, "tn"),
        (5, 200, 50, "nn"), (13, 17, 19, "nn"),
    ]
    stored = {"nn": "", "nt": ", B transposed", "tn": ", A transposed"}
    for count in sorted({1, threads}):
        for m, n, k, letters in cubes + layers:
            yield Workload(
                f"GEMM {m}×{n}×{k}{stored[letters]}", "gemm", count,
                ["gemm", "--shapes", f"{m},{n},{k},{','.join(letters)}"],
                ["gemm", str(m), str(n), str(k), "--transposed", letters],
                [Measure("GFLOP/s", work=2e-9 * m * n * k)],
                is_small=m * n * k <= 64**3,
            )


SERVED = ("mlp", "simple", "resnet9")


def serving(threads):
    """Single images, from several tasks at once."""
    for network in SERVED:
        for tasks in (1, 8):
            yield Workload(
                f"serve {network}, {tasks} task{'s' if tasks > 1 else ''}", "serve", threads,
                ["serve", "--weights", f"{{models}}/{network}.safetensors", "--tasks", str(tasks), "--seconds", "1"],
                [str(tasks)],
                [Measure("predictions/s", work=1), Measure("p50 µs", "p50"), Measure("p99 µs", "p99"),
                 Measure("MB", "resident_mb", scale=1)],
                file=f"{{models}}/{network}.onnx",
            )


DEPLOYED = ("mlp", "simple", "deep", "vgg11")


def deployment(threads):
    """Single images, small batches and large ones, by a file that Kobai exported."""
    for count in sorted({1, threads}):
        for network in DEPLOYED:
            for batch in (1, 2, 4, 8, 32, 1000):
                yield Workload(
                    f"infer {network}, batch {batch}", "deploy", count,
                    ["infer", "--model", network, "--batch", str(batch)],
                    ["infer", network, str(batch)],
                    [Measure("p50 µs") if batch == 1 else Measure("images/s", work=batch)],
                    file=f"{{models}}/{network}.onnx",
                )


GROUPS = {
    "train": training, "infer": inference, "later": later, "loss": losses, "gemm": products, "serve": serving,
    "deploy": deployment,
}
# The networks that the peers of a group read from files.
WITH_FILES = {"serve": SERVED, "deploy": DEPLOYED}
