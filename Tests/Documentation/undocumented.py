"""Lists the public symbols that have no documentation comment, from symbol graphs: undocumented.py folder module ..."""

import json
import pathlib
import sys

folder, modules = pathlib.Path(sys.argv[1]), sys.argv[2:]
missing = []
count = 0
for module in modules:
    for path in [folder / f"{module}.symbols.json", *sorted(folder.glob(f"{module}@*.symbols.json"))]:
        for symbol in json.loads(path.read_text())["symbols"]:
            if "location" not in symbol:  # made by the compiler
                continue
            count += 1
            if "docComment" not in symbol:
                place = symbol["location"]
                line = place["position"]["line"] + 1
                missing.append(f"{place['uri'].removeprefix('file://')}:{line}: {'.'.join(symbol['pathComponents'])}")
for place in missing:
    print(f"undocumented: {place}")
print(f"{count - len(missing)} of {count} public symbols are documented")
sys.exit(1 if missing else 0)
