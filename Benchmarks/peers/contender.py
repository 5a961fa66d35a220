"""A process that runs rounds when it is asked to, as peer.py and kernel-bench's --rounds-on-stdin do."""

import json
import os
import signal
import subprocess
import tempfile


class Failure(Exception):
    pass


class Contender:
    """Between its rounds the process is stopped, so that no thread that waits busily takes time from the others."""

    def __init__(self, name, command, environment):
        self.name = name
        self._errors = tempfile.TemporaryFile("w+")
        self._process = subprocess.Popen(
            command, env=os.environ | environment, text=True, bufsize=1, start_new_session=True,
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
        """The time of one call, in seconds."""
        self._signal(signal.SIGCONT)
        self._process.stdin.write(f"go {mode}\n")
        seconds = json.loads(self._answer("{"))["seconds"]
        self._signal(signal.SIGSTOP)
        return seconds

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
