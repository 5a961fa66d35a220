"""A process that runs rounds when it is asked to, as peer.py and kernel-bench's --rounds-on-stdin do."""

import json
import os
import signal
import subprocess
import tempfile


class Failure(Exception):
    pass


def inherited():
    """The environment, without what a shell may have set to tune some other OpenBLAS: NumPy's would obey it, too."""
    return {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")}


class Contender:
    """Between its rounds the process is stopped, so that no thread that waits busily takes time from the others."""

    def __init__(self, name, command, environment):
        self.name = name
        self._errors = tempfile.TemporaryFile("w+")
        self._process = subprocess.Popen(
            command, env=inherited() | environment, text=True, bufsize=1, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors,
        )
        try:
            self.modes = self._answer("ready").split()[1:]
            if not self.modes:
                raise Failure(self._complaint())
            self._signal(signal.SIGSTOP)
        except BaseException:
            self.close()
            raise

    def round(self, mode):
        """What it found out: the time of one call in seconds, and whatever else by name."""
        self._signal(signal.SIGCONT)
        self._process.stdin.write(f"go {mode}\n")
        answer = json.loads(self._answer("{"))
        self._signal(signal.SIGSTOP)
        return answer

    def close(self):
        self._signal(signal.SIGKILL)
        self._process.wait()

    def _answer(self, start):
        """The next line that begins so; libraries may print others."""
        for line in self._process.stdout:
            if line.startswith(start):
                return line
        raise Failure(self._complaint())

    def _complaint(self):
        self._errors.seek(0)
        return (self._errors.read().strip().splitlines() or ["it ended without a word"])[-1]

    def _signal(self, number):
        """To its children, too."""
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            pass
