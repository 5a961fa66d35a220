"""Finds circles in a directed graph."""


def circles(graph):
    """One circle of each strongly connected component, the shortest through its first node, [a, b, …, a], and the component.

    graph: {node: its successors}
    """
    found, seen = [], set()
    for start in sorted(graph):
        if start in seen:
            continue
        if circle := shortest(graph, start):
            component = reachable(graph, start) & reachable(reversed_edges(graph), start)
            found.append((circle, component))
            seen |= component
    return found


def shortest(graph, start):
    """The shortest way from a node back to itself, breadth first; None if there is none."""
    before, queue = {}, [start]
    for node in queue:
        for successor in sorted(graph.get(node, ())):
            if successor == start:
                path = [node]
                while path[-1] != start:
                    path.append(before[path[-1]])
                return path[::-1] + [start]
            if successor not in before:
                before[successor] = node
                queue.append(successor)
    return None


def reachable(graph, start):
    seen, queue = {start}, [start]
    for node in queue:
        for successor in graph.get(node, ()):
            if successor not in seen:
                seen.add(successor)
                queue.append(successor)
    return seen


def reversed_edges(graph):
    result = {}
    for node, successors in graph.items():
        for successor in successors:
            result.setdefault(successor, set()).add(node)
    return result
