"""The copy of the package in which every planted fault is compiled in, behind a switch."""

import re
import subprocess

import mutants as planted

# What a copy has besides: a module for Swift, and the same for the kernels, which scripts compile without SwiftPM.
HEADER = """#ifndef {guard}
#define {guard}
#include <stdbool.h>
extern int {variable};
static inline bool mutant(int number) {{ return {variable} == number; }}
#endif
"""
SOURCE = """#include "{header}"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int {variable} = 0;
static const struct {{ const char *name; int number; }} known[] = {{
{rows}}};
__attribute__((constructor)) static void choose(void) {{
  const char *wanted = getenv("KOBAI_MUTANT");
  if (wanted == NULL || *wanted == 0)
    return;
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (strcmp(known[i].name, wanted) == 0)
      {variable} = known[i].number;
  if ({variable} == 0) {{
    fprintf(stderr, "KOBAI_MUTANT: there is no mutant %s\\n", wanted);
    _Exit(70);
  }}
}}
"""


def c_flags(root):
    """The flags of Package.swift."""
    line = re.search(r"^let cFlags = \[(.*)\]$", (root / "Package.swift").read_text(), re.M)
    return re.findall(r'"([^"]+)"', line[1])


def target_of(file):
    """The target that a file of Sources or Benchmarks belongs to."""
    return file.split("/")[1]


def generated(mutants):
    rows = "".join(f'    {{"{mutant.name}", {mutant.number}}},\n' for mutant in mutants)

    def pair(folder, header, include, variable):
        guard = header.replace(".", "_").upper()
        return {
            f"{folder}/{include}{header}": HEADER.format(guard=guard, variable=variable),
            f"{folder}/mutant.c": SOURCE.format(header=header, rows=rows, variable=variable),
        }

    return pair("CKernels/src", "mutant.h", "", "ck_mutant") | pair(
        "Tests/Mutation/CMutant", "CMutant.h", "include/", "kobai_mutant"
    )


def manifest(text, mutants):
    """Package.swift with the module of the switches, which the targets of the mutants import."""
    targets = sorted({target_of(mutant.file) for mutant in mutants if mutant.file.endswith(".swift")})
    names = ", ".join(f'"{name}"' for name in targets)
    return f"""{text}
package.targets.append(.target(name: "CMutant", path: "Tests/Mutation/CMutant"))
for target in package.targets where [{names}].contains(target.name) {{ target.dependencies.append("CMutant") }}
"""


def write_package(root, copy, mutants):
    """Writes what git tracks, with the switches; files that have not changed keep their times, for the next build."""
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "--cached", "--others", "--exclude-standard", "-z"], capture_output=True, check=True
    )
    files = {name for name in listed.stdout.decode().split("\0") if name and (root / name).is_file()}
    texts = {file: planted.rewritten(some, (root / file).read_text()) for file, some in planted.by_file(mutants).items()}
    texts |= generated(mutants)
    if (root / "Package.resolved").is_file():  # not tracked; with it, the copy builds with the same packages
        texts["Package.resolved"] = (root / "Package.resolved").read_text()
    texts["Package.swift"] = manifest((root / "Package.swift").read_text(), mutants)
    for file in sorted(files | texts.keys()):
        contents = texts[file].encode() if file in texts else (root / file).read_bytes()
        target = copy / file
        if not target.is_file() or target.read_bytes() != contents:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(contents)
        if file in files:
            target.chmod((root / file).stat().st_mode & 0o777 | 0o200)
    for path in copy.rglob("*"):
        if path.is_file() and str(path.relative_to(copy)) not in files | texts.keys():
            path.unlink()
