"""The include graph of the C kernels: no circle among files, none among the folders of src."""

import re
from pathlib import Path

from circles import circles

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def faults(kernels):
    """What is wrong with the files below a folder that has include/ and src/, one line each; and how many files it has."""
    kernels = Path(kernels)
    graph, found = {}, []
    for file in sorted([*kernels.rglob("*.h"), *kernels.rglob("*.c")]):
        name = str(file.relative_to(kernels))
        graph[name] = set()
        for included in INCLUDE.findall(file.read_text()):
            # As the compiler looks for it: beside the file, then along the search path.
            places = [folder / included for folder in (file.parent, kernels / "include", kernels / "src")]
            target = next((place for place in places if place.is_file()), None)
            if target is None:
                found.append(f'{name}: "{included}" is neither beside it, nor in include/ or src/')
            else:
                graph[name].add(str(target.resolve().relative_to(kernels.resolve())))
    found += [f"files include each other in a circle: {' -> '.join(circle)}" for circle, _ in circles(graph)]
    for circle, component in circles(folders(graph)):
        edges = [f"{a} -> {b} ({example(graph, a, b)})" for a, b in zip(circle, circle[1:])]
        knot = f"; it is part of a knot of {', '.join(sorted(component))}" if len(component) > len(edges) else ""
        found.append("folders include each other in a circle: " + "; ".join(edges) + knot)
    return found, len(graph)


def folders(graph):
    """The same graph of folders."""
    result = {}
    for name, included in graph.items():
        result.setdefault(folder(name), set()).update({folder(other) for other in included} - {folder(name)})
    return result


def folder(name):
    return str(Path(name).parent)


def example(graph, a, b):
    """One include that leads from folder a to folder b, and how many more there are."""
    edges = [f"{Path(name).name} includes {other}" for name in sorted(graph) if folder(name) == a
             for other in sorted(graph[name]) if folder(other) == b]
    return edges[0] + (f", and {len(edges) - 1} more" if len(edges) > 1 else "")
