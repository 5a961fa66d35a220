"""The peers that `setup` has put into a folder, and the commands that start them."""

import functools
import os
import platform
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
FRAMEWORKS = {
    "PyTorch": ("torch", "torch", ["train", "infer", "later", "loss", "gemm", "deploy"]),
    "TensorFlow": ("tensorflow", "tensorflow-cpu", ["train", "infer"]),
    "JAX": ("jax", "jax", ["train", "infer"]),
    "MLX": ("mlx", "mlx", ["train", "infer"]),
    "ONNX Runtime": ("onnxruntime", "onnxruntime", ["serve", "deploy"]),
    "OpenVINO": ("openvino", "openvino", ["serve", "deploy"]),
}
# The modes of what serves: each has a process of its own, for its memory.
SERVING = {
    "ONNX Runtime": ["one-thread", "all-threads", "default"], "OpenVINO": ["latency", "throughput"],
}
LIBRARIES = {
    "MKL": ("mkl", "mkl", "lib/libmkl_rt.so*"),
    "OpenBLAS": ("openblas", "scipy-openblas32", "lib/python3*/site-packages/scipy_openblas32/lib/libscipy*.so"),
    "AOCL": ("aocl", "aoclda", "lib/python3*/site-packages/aoclda.libs/libblis-mt*.so*"),
    "BLIS": ("blis", "libblis4-openmp", "usr/lib/*/blis-openmp/libblis.so.*"),
    "LIBXSMM": ("libxsmm", "libxsmm-dev", "libxsmm.so"),
}
# Processors with AVX-512, in the words of these libraries: what they say where their code is for such a one.
AVX512_CORES = re.compile(r"AVX-?512|skylakex|cooperlake|sapphirerapids|skx|clx|cpx|icl|spr|zen[45]", re.IGNORECASE)


class Peer(NamedTuple):
    name: str
    version: str
    groups: list[str]
    python: Path | None = None  # of a framework
    library: Path | None = None  # of a BLAS, which kernel-bench calls

    def commands(self, workload, precision, kernel_bench):
        """What starts it, in one process or several; none if this is not its work."""
        if workload.group not in self.groups or (self.library and precision != "highest"):
            return []
        if self.name == "LIBXSMM" and not workload.is_small:
            return []  # it leaves larger products to another BLAS
        threads = ["--threads", str(workload.threads)]
        if self.library:
            return [[*kernel_bench, *workload.kobai, *threads, "--rounds-on-stdin", "--vs", self.library]]
        place = self.python.parent.parent.name
        if workload.group == "serve":
            return [[self.python, HERE / "serve_peer.py", place, mode, *workload.peers, workload.file]
                    for mode in SERVING[self.name]]
        settings = [*threads, "--precision", precision]
        if workload.group == "deploy" and self.name in SERVING:
            _, _, batch = workload.peers
            return [[self.python, HERE / "onnx_peer.py", *settings, place, workload.file, batch]]
        return [[self.python, HERE / f"{place}_peer.py", *settings, *workload.peers]]

    @property
    def environment(self):
        """What a library needs: those that lie beside it, and its best code where it does not know the processor."""
        if not self.library:
            return {}
        beside = {"LD_LIBRARY_PATH": f"{self.library.parent}:{os.environ.get('LD_LIBRARY_PATH', '')}"}
        if self.name == "MKL":  # it brings an OpenMP runtime of its own; Kobai's, loaded beside it, stays idle
            return beside | {"KMP_DUPLICATE_LIB_OK": "TRUE"}
        if self.name == "BLIS" and "avx512f" in processor()["flags"]:
            return beside | {"BLIS_ARCH_TYPE": "skx"}
        return beside


@functools.cache
def processor():
    """Its name and its flags, as far as the system says."""
    try:
        lines = [line.partition(":") for line in Path("/proc/cpuinfo").read_text().splitlines()]
    except OSError:
        lines = []
    facts = {name.strip(): value.strip() for name, _, value in lines}
    return {"name": facts.get("model name", platform.machine()), "flags": facts.get("flags", "").split()}


def installed(folder):
    for name, (place, package, groups) in FRAMEWORKS.items():
        python = folder / place / "bin/python"
        if python.exists():
            yield Peer(name, version(python, package), groups, python=python)
    for name, (place, package, pattern) in LIBRARIES.items():
        for library in list((folder / place).glob(pattern))[:1]:
            python = folder / place / "bin/python"
            known = version(python, package) if python.exists() else debian_version(folder / place, package)
            yield Peer(name, known, ["gemm"], library=library)


def version(python, package):
    code = f"import importlib.metadata; print(importlib.metadata.version({package!r}))"
    return subprocess.run([python, "-c", code], capture_output=True, text=True).stdout.strip() or "?"


def debian_version(folder, package):
    """From the name of the file that was unpacked: libblis4-openmp_0.9.0-1_amd64.deb."""
    return next((file.name.split("_")[1] for file in folder.glob(f"{package}_*.deb")), "?")
