#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The tortoise authors.
"""Checks that includes follow the layers (docs/design.md).

    scripts/check_layers.py [ROOT]

Prints FILE:LINE: what is wrong, and exits with 1 if anything is.
"""

import pathlib
import re
import sys

# What each layer may include directly; the rest follows from it.
ARROWS = {
    "core": [],
    "data": ["core"],
    "objective": ["core", "data"],
    "memory": ["core"],
    "straggler": ["core"],
    "protocol": ["core", "memory"],
    "optimizer": ["core"],
    "theory": ["core", "straggler", "protocol"],
    "engine": ["core", "data", "objective", "memory", "straggler", "protocol",
               "optimizer"],
    "experiment": ["engine", "theory"],
    "cli": ["experiment"],
}

# Libraries whose headers no public header may show to a user.
HIDDEN = re.compile(
    r"^(tbb|oneapi|Eigen|unsupported|boost|Random123|nlohmann|toml\+\+|CLI|"
    r"fmt|omp|zlib)(/|\.h|$)")

# Libraries that only some layers use.
ONLY = {
    "CLI/": {"cli"},
    "toml++/": {"experiment", "cli"},
    "nlohmann/": {"experiment", "cli"},
    "iostream": {"cli"},  # the library never prints
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
UMBRELLA = "tortoise/tortoise.h"


def reachable(layer):
    """The layers that `layer` may include, itself among them."""
    found, todo = set(), [layer]
    while todo:
        current = todo.pop()
        if current not in found:
            found.add(current)
            todo += ARROWS[current]
    return found


def includes(path):
    """Yields (line number, bracket, included name)."""
    text = path.read_text(encoding="utf-8", errors="replace")
    for number, line in enumerate(text.splitlines(), start=1):
        match = INCLUDE.match(line)
        if match:
            yield number, match[1], match[2]


def target_layer(root, path, name):
    """The layer that `name`, included with quotes by `path`, belongs to; None
    if that is not a file of a layer."""
    if name.startswith("tortoise/"):
        parts = name.split("/")
        return parts[1] if len(parts) > 2 else None
    for base in (path.parent, root / "src", root / "tests"):
        file = (base / name).resolve()
        if file.is_file():
            parts = file.relative_to(root).parts
            in_layers = len(parts) > 2 and parts[0] in ("src", "tests")
            return parts[1] if in_layers and parts[1] in ARROWS else None
    first = name.split("/")[0]
    return first if "/" in name and first in ARROWS else None


def check_file(root, path, layer, public):
    """Yields (line number, message) for a file of `layer`."""
    allowed = reachable(layer)
    top = path.relative_to(root).parts[0]
    for number, bracket, name in includes(path):
        if public and HIDDEN.match(name):
            yield number, f"a public header includes <{name}>"
        if public and bracket == "<" and re.search(r"/|\.h$", name):
            if not HIDDEN.match(name):
                yield number, (f"a public header includes <{name}>, which is "
                               "no standard header")
        if top != "tests":
            for prefix, layers in ONLY.items():
                if name.startswith(prefix) and layer not in layers:
                    yield number, f"{layer} includes <{name}>"
        if top == "src" and bracket == '"' and "/" not in name:
            yield number, f'"{name}" does not name its layer'
        if name == UMBRELLA:
            yield number, "a layer includes the umbrella header"
        target = target_layer(root, path, name) if bracket == '"' else None
        if target in ARROWS and target not in allowed:
            yield number, f"{layer} includes {target} ({name})"
        elif target is not None and target not in ARROWS:
            yield number, f"{target} is not a layer ({name})"


def check_umbrella(path):
    """Yields (line number, message): it holds includes only."""
    text = path.read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), start=1):
        code = line.split("//")[0].strip()
        if code and code != "#pragma once" and not INCLUDE.match(line):
            yield number, "the umbrella header holds more than includes"


def sources(folder):
    return sorted(path for path in folder.rglob("*")
                  if path.suffix in (".h", ".cc"))


def check(root):
    """All violations below `root`, as lines of text."""
    root = root.resolve()
    found = []

    def note(path, problems):
        for number, message in problems:
            found.append(f"{path.relative_to(root)}:{number}: {message}")

    for top in ("include/tortoise", "src", "tests"):
        for folder in sorted((root / top).glob("*/")):
            if folder.name in ARROWS:
                for path in sources(folder):
                    note(path, check_file(root, path, folder.name,
                                          top == "include/tortoise"))
            elif top != "tests" and sources(folder):
                found.append(f"{top}/{folder.name}: no such layer")
    umbrella = root / "include" / UMBRELLA
    if umbrella.exists():
        note(umbrella, check_umbrella(umbrella))
    return found


def main():
    default = pathlib.Path(__file__).resolve().parent.parent
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    if not (root / "include" / "tortoise").is_dir():
        sys.exit(f"{root}: no include/tortoise in it")
    found = check(root)
    for line in found:
        print(line)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
