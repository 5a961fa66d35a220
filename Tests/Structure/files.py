"""Calls of the system that concern files: they are made in one folder, whose every call the tests make fail."""

import re
from pathlib import Path

LAYER = "Sources/KobaiFiles/System"

# What else makes such calls, and why.
ELSEWHERE = {
    "Sources/KobaiKernels/AlignedMemory.swift": "maps memory, no file",
    "Sources/KobaiCommand/Interrupt.swift": "a signal's handler, which writes a line to standard error",
    "Sources/CStandardStreams/standard_streams.c": "runs before the program, and opens nothing but /dev/null",
}

# Functions of the C library, which Swift has to mark as unsafe wherever they take a pointer.
UNSAFE = ("open|openat|creat|read|pread|write|pwrite|readv|writev|stat|fstat|lstat|fstatat|rename|renameat|link|linkat|symlink|"
          "unlink|unlinkat|remove|rmdir|mkdir|mkstemp|mkdtemp|opendir|fdopendir|readdir|scandir|realpath|readlink|access|chmod|"
          "chown|truncate|utimes|mmap|munmap|msync|fopen|fdopen|freopen|fread|fwrite|fputs|fgets|getline|tmpfile")
# Those whose names nothing else has.
NAMES = "fsync|fdatasync|ftruncate|flock|lockf|fchmod|fchown|lseek|posix_fallocate|fallocate|sendfile|copy_file_range"
# What of Foundation touches the disk; the folders that it knows by heart do not.
FOUNDATION = (r"FileManager(?!\.default\.(?:temporaryDirectory|currentDirectoryPath|homeDirectoryForCurrentUser)\b|\.default$)"
              r"|\bFileHandle\b|\b(?:Input|Output)Stream\(|\.contentsOfDirectory\(|\.fileExists\(|\.write\(to(?:File)?:"
              r"|\b(?:Data|String|NSData|NSString|NSArray|NSDictionary)\(\s*contentsOf(?:File)?:|checkResourceIsReachable")

SWIFT = re.compile(
    rf"(?<![\w.])(?:{NAMES})\(|\bunsafe\b[^;\n]*(?<![\w.])(?:{UNSAFE})\((?!into\b)|(?<![\w.])(?:{UNSAFE}|close|dup2?)\((?:_:)+\)"
    rf"|(?<![\w.])close\((?!at\b|\))|{FOUNDATION}")
C = re.compile(rf"(?<![\w.>])(?:{NAMES}|{UNSAFE}|close|dup2?|fcntl|ioctl)\(")
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
# Text, but for what stands in the brackets of an interpolation.
STRING = re.compile(r'"(?:\\[^(\n]|[^"\\\n])*"')


def faults(package):
    """Calls outside the layer, one line each; and how many files were looked at."""
    package = Path(package)
    found, looked_at, needed = [], 0, set()
    for top in ("Sources", "Benchmarks", "CKernels"):
        for file in sorted((package / top).rglob("*")):
            name = str(file.relative_to(package))
            if file.suffix not in (".swift", ".c", ".h") or ".docc/" in name or name.startswith(LAYER + "/"):
                continue
            looked_at += 1
            for line in COMMENT.sub("", STRING.sub('""', file.read_text())).splitlines():
                if call := (SWIFT if file.suffix == ".swift" else C).search(line):
                    needed.add(name)
                    if name not in ELSEWHERE:
                        found.append(f"{name}: {call[0].split()[-1]} is used outside of {LAYER}, where no test makes it fail")
    found += [f"Tests/Structure/files.py: {name} needs no exception" for name in sorted(set(ELSEWHERE) - needed)
              if (package / name).exists()]
    return found, looked_at

