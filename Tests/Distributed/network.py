"""Network namespaces as machines: each has an address and a cable to the others, and Open MPI starts ranks there."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

MTU = 9000


def ip(*arguments):
    subprocess.run(["ip", *map(str, arguments)], check=True)


class Machines:
    """So many machines, between which each frame takes so many microseconds more; they are gone when the block ends.

    Without a delay the cables are pairs of veth devices at a bridge. With one netem delays these, or, where the kernel has none,
    a program carries the frames (cables.c); `carried` asks for that.
    """

    def __init__(self, count, delay=0, carried=False):
        self.prefix = f"kobai{os.getpid()}n"
        self.names = [f"{self.prefix}{i}" for i in range(count)]
        self.switch = f"kb{os.getpid()}"
        self.delay, self.carried, self.carrier = delay, carried, None
        self.folder = Path(tempfile.mkdtemp())

    def __enter__(self):
        for name in self.names:
            ip("netns", "add", name)
        if not self.carried:
            self.connect()
            self.carried = not self.slow_down()
            if self.carried:
                ip("link", "del", self.switch)
                for name in self.names:
                    ip("-n", name, "link", "del", "cable0")
        if self.carried:
            self.carry()
        for i, name in enumerate(self.names):
            for arguments in (["addr", "add", f"10.99.0.{i + 1}/24", "dev", "cable0"],
                              ["link", "set", "cable0", "mtu", MTU, "up"], ["link", "set", "lo", "up"]):
                ip("-n", name, *arguments)
        ip("addr", "add", "10.99.0.254/24", "dev", self.switch)  # mpirun's own
        ip("link", "set", self.switch, "mtu", MTU, "up")
        # In the place of ssh: the last number of the address says which namespace it is. Each has a host name of its own, so
        # that ranks do not take each other for neighbours on one machine.
        agent = self.folder / "agent"
        agent.write_text(f"""#!/bin/sh
host=$1
shift
exec ip netns exec {self.prefix}$((${{host##*.}} - 1)) \\
  unshare --uts sh -c 'hostname "$1"; shift; eval "$*"' - "node${{host##*.}}" "$@"
""")
        agent.chmod(0o755)
        return self

    def connect(self):
        ip("link", "add", self.switch, "type", "bridge")
        for i, name in enumerate(self.names):
            port = f"{self.switch}p{i}"
            ip("link", "add", "cable0", "netns", name, "type", "veth", "peer", "name", port)
            ip("link", "set", port, "master", self.switch, "mtu", MTU, "up")

    def slow_down(self):
        """Whether the kernel can delay frames, if they are to be delayed."""
        for name in self.names if self.delay else []:
            netem = ["tc", "-n", name, "qdisc", "add", "dev", "cable0", "root", "netem", "delay", f"{self.delay}us",
                     "limit", "100000"]
            if subprocess.run(netem, stderr=subprocess.DEVNULL).returncode:
                return False
        return True

    def carry(self):
        program = self.folder / "cables"
        subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-o", program, Path(__file__).parent / "cables.c"], check=True)
        ports = [f"{self.switch}p{i}" for i in range(len(self.names))]
        self.carrier = subprocess.Popen(
            [program, str(self.delay), *ports, self.switch], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.carrier.stdout.readline()
        for port, name in zip(ports, self.names):
            ip("link", "set", port, "netns", name)
            ip("-n", name, "link", "set", port, "name", "cable0")

    def options(self, ranks):
        """What mpirun is told besides: one rank on each machine."""
        hosts = ",".join(f"10.99.0.{i + 1}:1" for i in range(ranks))
        return ["--host", hosts, "--bind-to", "none", "--mca", "plm_rsh_agent", self.folder / "agent", "--mca", "btl",
                "tcp,self", "--mca", "pml", "ob1", "--mca", "btl_tcp_if_include", "10.99.0.0/24",
                "--mca", "oob_tcp_if_include", "10.99.0.0/24"]

    def __exit__(self, *_):
        if self.carrier:
            self.carrier.stdin.close()
            self.carrier.wait()
        for name in self.names:
            subprocess.run(["ip", "netns", "del", name])
        subprocess.run(["ip", "link", "del", self.switch], stderr=subprocess.DEVNULL)
        shutil.rmtree(self.folder, ignore_errors=True)
