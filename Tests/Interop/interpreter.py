"""Runs scripts of this folder, each in a process of its own, which need not import torch and its kin once more.

It reads a line of JSON for each from standard input, {"script": "x.py", "arguments": [...]}, and answers with a line: {"code": 0,
"output": "...", "errors": "..."}. What a script imports at its top is imported here, and then there in the processes that are forked
off: to import torch takes seconds, to fork none. It ends with its input.
"""

import ast
import contextlib
import importlib
import json
import os
import runpy
import sys
import tempfile
import traceback

FOLDER = os.path.dirname(os.path.abspath(__file__))


def import_for(path):
    """Imports what a script imports at its top, but for other scripts; what is missing, the script will say itself."""
    with open(path) as file:
        tree = ast.parse(file.read())
    for node in tree.body:
        names = [node.module] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        for name in names:
            if not os.path.exists(f"{FOLDER}/{name.split('.')[0]}.py"):
                with contextlib.suppress(ImportError):
                    importlib.import_module(name)


def run_and_exit(path, arguments, output, errors):
    """Runs a script as if it had been started by itself, and ends the process with its exit code."""
    for file, number in ((open(os.devnull), 0), (output, 1), (errors, 2)):
        os.dup2(file.fileno(), number)
    sys.argv = [path, *arguments]
    code = 0
    try:
        runpy.run_path(path, run_name="__main__")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


for line in sys.stdin:
    request = json.loads(line)
    script = f"{FOLDER}/{request['script']}"
    import_for(script)
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        child = os.fork()
        if child == 0:
            run_and_exit(script, request["arguments"], output, errors)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        texts = {}
        for name, file in (("output", output), ("errors", errors)):
            file.seek(0)
            texts[name] = file.read().decode(errors="replace")
    print(json.dumps({"code": code} | texts), flush=True)
