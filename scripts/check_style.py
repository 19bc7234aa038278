#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The tortoise authors.
"""Checks what a compiler does not: licence headers, ASCII, line lengths.

    scripts/check_style.py [--format] [ROOT]

With --format it runs clang-format over the C++ sources instead, and exits with
77 if there is none. Prints FILE:LINE: what is wrong, and exits with 1 if
anything is.
"""

import argparse
import pathlib
import shutil
import subprocess
import sys

FOLDERS = ("include", "src", "tests", "examples", "bench", "fuzz", "scripts",
           "cmake")
CPP = (".h", ".cc")
LICENCE = ("SPDX-License-Identifier: Apache-2.0",
           "Copyright 2026 The tortoise authors.")
WRITTEN_BY_PROGRAMS = {"corpus", "format_2"}  # folders
SKIPPED = 77


def files(root):
    """Every text file of the project that people write."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            hidden = any(part.startswith((".", "__pycache__"))
                         for part in path.relative_to(root).parts)
            others = WRITTEN_BY_PROGRAMS.intersection(path.parts)
            if path.is_file() and not hidden and not others:
                if path.suffix in CPP + (".py", ".cmake", "") or (
                        path.name == "CMakeLists.txt"):
                    yield path


def check_file(path):
    """Yields (line number, message)."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except UnicodeDecodeError as error:
        text = path.read_bytes()[:error.start]
        yield text.count(b"\n") + 1, "a byte that is not ASCII"
        return
    if path.suffix in CPP + (".py", ""):
        first = 1 if lines and lines[0].startswith("#!") else 0
        mark = "// " if path.suffix in CPP else "# "
        if lines[first:first + 2] != [mark + line for line in LICENCE]:
            yield first + 1, "the licence header is missing"
    if path.suffix == ".h" and "#pragma once" not in lines:
        yield 1, "#pragma once is missing"
    for number, line in enumerate(lines, start=1):
        if len(line) > 80:
            yield number, f"{len(line)} columns, of 80"
        if line != line.rstrip():
            yield number, "blanks at the end of the line"
        if "\t" in line:
            yield number, "a tabulator"


def check(root):
    """All violations below `root`, as lines of text."""
    return [f"{path.relative_to(root)}:{number}: {message}"
            for path in files(root) for number, message in check_file(path)]


def check_format(root):
    tool = shutil.which("clang-format")
    if tool is None:
        print("clang-format is not installed: skipped")
        return SKIPPED
    sources = [path for path in files(root) if path.suffix in CPP]
    return 1 if sources and subprocess.run(
        [tool, "--dry-run", "--Werror", *sources]).returncode else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--format", action="store_true")
    parser.add_argument("root", nargs="?", type=pathlib.Path,
                        default=pathlib.Path(__file__).parent.parent)
    arguments = parser.parse_args()
    root = arguments.root.resolve()
    if arguments.format:
        sys.exit(check_format(root))
    found = check(root)
    for line in found:
        print(line)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
