"""Network namespaces as machines: each has an address and a virtual cable to a switch, and Open MPI starts ranks there."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path


def ip(*arguments):
    subprocess.run(["ip", *map(str, arguments)], check=True)


class Cables:
    """So many machines; they are gone when the block ends."""

    def __init__(self, count):
        self.names = [f"kobai{os.getpid()}n{i}" for i in range(count)]
        self.switch = f"kb{os.getpid()}"
        self.folder = Path(tempfile.mkdtemp())

    def __enter__(self):
        ip("link", "add", self.switch, "type", "bridge")
        ip("addr", "add", "10.99.0.254/24", "dev", self.switch)  # mpirun's own
        ip("link", "set", self.switch, "up")
        for i, name in enumerate(self.names):
            ip("netns", "add", name)
            ip("link", "add", "cable0", "netns", name, "type", "veth", "peer", "name", f"{self.switch}p{i}")
            ip("link", "set", f"{self.switch}p{i}", "master", self.switch, "up")
            for arguments in (["addr", "add", f"10.99.0.{i + 1}/24", "dev", "cable0"], ["link", "set", "cable0", "up"],
                              ["link", "set", "lo", "up"]):
                ip("-n", name, *arguments)
        # In the place of ssh: the last number of the address says which namespace it is. Each has a host name of its own, so
        # that ranks do not take each other for neighbours on one machine.
        agent = self.folder / "agent"
        agent.write_text(f"""#!/bin/sh
host=$1
shift
exec ip netns exec {self.names[0][:-1]}$((${{host##*.}} - 1)) unshare --uts sh -c 'hostname "$1"; shift; eval "$*"' - "node${{host##*.}}" "$@"
""")
        agent.chmod(0o755)
        return self

    def delay(self, time):
        """Lets every packet wait so long in each cable; None for none."""
        for name in self.names:
            subprocess.run(["tc", "-n", name, "qdisc", "del", "dev", "cable0", "root"], stderr=subprocess.DEVNULL)
            if time:
                subprocess.run(
                    ["tc", "-n", name, "qdisc", "add", "dev", "cable0", "root", "netem", "delay", time, "limit", "100000"],
                    check=True)

    def options(self, ranks):
        """What mpirun is told besides: one rank on each machine."""
        hosts = ",".join(f"10.99.0.{i + 1}:1" for i in range(ranks))
        return ["--host", hosts, "--mca", "plm_rsh_agent", self.folder / "agent", "--mca", "btl", "tcp,self", "--mca", "pml", "ob1",
                "--mca", "btl_tcp_if_include", "10.99.0.0/24", "--mca", "oob_tcp_if_include", "10.99.0.0/24"]

    def __exit__(self, *_):
        for name in self.names:
            subprocess.run(["ip", "netns", "del", name])
        subprocess.run(["ip", "link", "del", self.switch])
        shutil.rmtree(self.folder, ignore_errors=True)
