"""The planted faults: reading their descriptions, finding them in the sources, and turning them into switches."""

import re
import zlib
from dataclasses import dataclass, field
from pathlib import Path

KINDS = ("expression", "statement", "before")


class Fault(Exception):
    """What is wrong with a description."""


@dataclass
class Mutant:
    name: str
    breaks: str
    where: str  # file and line of the description
    file: str = ""
    kind: str = "expression"
    tests: list = field(default_factory=list)  # of stages, each a list of filters, or a command
    accepted: str = ""
    context: list = field(default_factory=list)  # lines
    original: list = field(default_factory=list)
    mutated: list = field(default_factory=list)

    @property
    def area(self):
        return Path(self.where.split(":")[0]).stem

    @property
    def number(self):
        """Which stays the same whatever is added or taken away, so that later builds are small ones."""
        return zlib.crc32(self.name.encode()) & 0x7FFFFFFF

    def fault(self, reason):
        return Fault(f"{self.where}: {self.name}: {reason}")


def stages(text):
    """`A B; C; $ command` are two stages of filters and one of a command."""
    found = []
    for stage in text.split(";"):
        stage = stage.strip()
        if stage.startswith("$"):
            found.append(stage[1:].strip())
        elif stage:
            found.append(stage.split())
    return found


def read(path):
    """The mutants of one file of descriptions; README.md has its grammar."""
    mutants, current, defaults = [], None, {"file": "", "tests": []}
    for number, line in enumerate(path.read_text().split("\n"), 1):
        where = f"{path.name}:{number}"
        line = line.rstrip()
        if not line:
            current = None
        elif line.startswith("#"):
            continue
        elif head := re.fullmatch(r"\[([a-z0-9-]+)\] (.+)", line):
            current = Mutant(head[1], head[2], where, file=defaults["file"], tests=defaults["tests"])
            mutants.append(current)
        elif current and line[0] in "-+" and line[1:2] in ("", " "):
            (current.original if line[0] == "-" else current.mutated).append(line[2:])
        elif item := re.fullmatch(r"(file|tests|kind|in|accepted): (.+)", line):
            key, value = item[1], stages(item[2]) if item[1] == "tests" else item[2]
            if key == "in":
                key = "context"
            if current is None:
                if key not in defaults:
                    raise Fault(f"{where}: {item[1]} stands outside of a mutant")
                defaults[key] = value
            elif key == "context":
                current.context.append(value)
            else:
                setattr(current, key, value)
        else:
            raise Fault(f"{where}: neither a name in brackets, nor a known word, nor - or +: {line}")
    return mutants


def read_all(folder):
    """All of them, checked as far as that goes without the sources."""
    mutants = [mutant for path in sorted(folder.glob("*.txt")) for mutant in read(path)]
    names, numbers = {}, {}
    for mutant in mutants:
        if mutant.name in names:
            raise mutant.fault(f"{names[mutant.name]} has the same name")
        if mutant.number in numbers:
            raise mutant.fault(f"its number is that of {numbers[mutant.number]}; give it another name")
        names[mutant.name], numbers[mutant.number] = mutant.where, mutant.name
        if mutant.kind not in KINDS:
            raise mutant.fault(f"kind {mutant.kind} is none of {', '.join(KINDS)}")
        if not mutant.file:
            raise mutant.fault("it names no file")
        if not mutant.tests:
            raise mutant.fault("it names no tests")
        if not mutant.original:
            raise mutant.fault("it has no original, the lines that begin with -")
        if mutant.kind == "expression" and not "".join(mutant.mutated).strip():
            raise mutant.fault("an expression needs another one in its place, the lines that begin with +")
        if mutant.original == mutant.mutated:
            raise mutant.fault("it changes nothing")
    return mutants


def pattern(lines):
    """Lines as they stand in a file, whatever their indentation is."""
    return r"\s*\n\s*".join(re.escape(line.strip()) for line in lines)


def only_place(mutant, lines, text, what, start=0, end=None):
    found = list(re.compile(pattern(lines)).finditer(text, start, len(text) if end is None else end))
    if len(found) != 1:
        raise mutant.fault(f"{what} occurs {len(found)} times in {mutant.file}, not once: {lines[0].strip()}")
    return found[0].span()


def place(mutant, text):
    """Where the original begins and ends in its file."""
    if not mutant.context:
        return only_place(mutant, mutant.original, text, "its original")
    start, end = only_place(mutant, mutant.context, text, "the text around it")
    return only_place(mutant, mutant.original, text, "its original, within the text around it,", start, end)


def switch(mutants, original):
    """Source that is the original, or one of the mutants where the environment asks for it."""
    kind = mutants[0].kind
    if any(mutant.kind != kind for mutant in mutants):
        raise mutants[0].fault("it has the place of another one, but not its kind")
    is_swift = mutants[0].file.endswith(".swift")
    between = "; " if is_swift and kind != "expression" else " "  # statements of C end themselves
    tests = [(f"mutant({mutant.number})", between.join(line.strip() for line in mutant.mutated)) for mutant in mutants]
    if kind == "expression":
        return "(" + "".join(f"{test} ? ({change}) : " for test, change in tests) + f"({original}))"
    if kind == "before":
        return "".join(f"if ({test}) {{ {change} }}{between}" for test, change in tests) + original
    code, comment = re.fullmatch(r"(.*?)(\s+// [^\n]*)?", original, re.DOTALL).groups(default="")
    return "".join(f"if ({test}) {{ {change} }} else " for test, change in tests) + f"{{ {code} }}{comment}"


def rewritten(mutants, text):
    """A file with the switches of its mutants, all of whose lines stand where they stood."""
    places = {}
    for mutant in mutants:
        places.setdefault(place(mutant, text), []).append(mutant)
    before = None
    for span in sorted(places):
        if before and span[0] < before[1]:
            raise places[span][0].fault(f"it overlaps {places[before][0].name}, but has another original")
        before = span
    for start, end in sorted(places, reverse=True):
        text = text[:start] + switch(places[start, end], text[start:end]) + text[end:]
    if mutants[0].file.endswith(".swift"):
        return "import CMutant; " + text
    return '#include "mutant.h"\n#line 1\n' + text


def by_file(mutants):
    files = {}
    for mutant in mutants:
        files.setdefault(mutant.file, []).append(mutant)
    return files


def missing_tests(mutants, tests):
    """Filters that no suite or test of this checkout has: nothing would run."""
    sources = {}  # by module
    for path in tests.glob("*/**/*.swift"):
        module = path.relative_to(tests).parts[0]
        sources[module] = sources.get(module, "") + path.read_text()
    faults, known = [], {}

    def exists(name):
        if name in sources:  # a whole module
            return True
        module, _, rest = name.rpartition(".")
        suite, _, test = rest.partition("/")
        texts = [sources.get(module, "")] if module else sources.values()
        return any(
            re.search(rf"\b(struct|class|enum) {suite}\b", text) and (not test or re.search(rf"func {test}\b", text))
            for text in texts
        )

    for mutant in mutants:
        for stage in mutant.tests:
            for name in [] if isinstance(stage, str) else stage:
                if name not in known:
                    known[name] = exists(name)
                if not known[name]:
                    faults.append(mutant.fault(f"there are no tests {name}"))
    return faults
