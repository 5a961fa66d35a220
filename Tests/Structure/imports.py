"""What Swift targets import: only what they declare, and only what stands above them in the manifest."""

import json
import re
import subprocess
import tempfile
from pathlib import Path

IMPORT = re.compile(
    r"^\s*(?:@\w+(?:\(\w+\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?"
    r"import\s+(?:(?:struct|class|enum|protocol|func|let|var|typealias)\s+)?(\w+)", re.MULTILINE)
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
STRING = re.compile(r'"""(?:.|\n)*?"""')

# Modules that come with the toolchain and the system.
TOOLCHAIN = {"Foundation", "FoundationEssentials", "FoundationNetworking", "FoundationXML", "Synchronization",
             "Dispatch", "Testing", "Glibc", "Musl", "Darwin"}


def faults(package):
    """What is wrong with the imports of a package, one line each; and how many targets it has."""
    with tempfile.TemporaryDirectory() as scratch:  # a build that is running holds the package's own
        command = ["swift", "package", "--package-path", package, "--scratch-path", scratch, "dump-package"]
        manifest = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    targets = manifest["targets"]
    kinds = {target["name"]: target["type"] for target in targets}
    found, above = [], set()
    for target in targets:
        name = target["name"]
        declared = {next(iter(one.values()))[0] for one in target["dependencies"]}
        modules = {other.replace("-", "_") for other in declared}
        for other in sorted(declared & set(kinds)):
            if other not in above:
                found.append(f"Package.swift: {name} depends on {other}, which stands below it; targets stand bottom up")
            if kinds[other] == "executable" and target["type"] != "test":
                found.append(f"Package.swift: {name} depends on {other}, an executable; only tests may")
        above.add(name)
        for file in sources(package, target):
            for module in sorted(imported(file.read_text()) - modules - TOOLCHAIN):
                found.append(f"{file.relative_to(package)}: imports {module}, which {name} does not declare")
    return found, len(targets)


def sources(package, target):
    """The Swift files of a target."""
    places = [target["path"]] if target.get("path") else [f"{top}/{target['name']}" for top in ("Sources", "Tests")]
    folder = next((Path(package) / place for place in places if (Path(package) / place).is_dir()), None)
    return sorted(folder.rglob("*.swift")) if folder else []


def imported(text):
    return set(IMPORT.findall(COMMENT.sub("", STRING.sub("", text)))) - {"Swift"}


def table_faults(readme, package):
    """The table "what is where" of a README promises that a module imports only modules above it: rows that break it."""
    rows = re.findall(r"`Sources/([\w-]+)`", "\n".join(
        line.split("|")[1] for line in Path(readme).read_text().splitlines() if line.startswith("| `Sources/")))
    found = []
    for i, name in enumerate(rows):
        used = set().union(*(imported(file.read_text()) for file in (Path(package) / "Sources" / name).rglob("*.swift")))
        for other in sorted(used & set(rows[i + 1:])):
            found.append(f"{Path(readme).name}: {name} stands above {other}, which it imports")
    return found


def missing_faults(document, package):
    """The libraries of a package that a document about all of them does not name, one line each."""
    libraries = re.findall(r'\.library\(\s*name: "(\w+)"', (Path(package) / "Package.swift").read_text())
    words = set(re.findall(r"\w+", Path(document).read_text()))
    return [f"{Path(document).name}: {library} is missing" for library in libraries if library not in words]
