# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The tortoise authors.
"""Keeps the documents true: programs in README.md are examples, which are
built and run as tests; links and commands lead to files that exist."""

import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", text,
                      re.DOTALL | re.MULTILINE)


class Documents(unittest.TestCase):
    def test_programs_are_examples(self):
        examples = [path.read_text() for path in
                    (ROOT / "examples").glob("*.cc")]
        found = blocks((ROOT / "README.md").read_text(), "cpp")
        self.assertTrue(found)
        for program in found:
            self.assertTrue(any(text.endswith("\n" + program)
                                for text in examples), program)

    def test_every_example_is_built(self):
        listed = (ROOT / "examples" / "CMakeLists.txt").read_text()
        for path in (ROOT / "examples").glob("*.cc"):
            self.assertIn(f"tortoise_example({path.stem})", listed)
            self.assertLess(len(path.read_text().splitlines()), 60, path)

    def test_links_lead_somewhere(self):
        for document in DOCUMENTS:
            for link in re.findall(r"\]\(([^)\s]+)\)", document.read_text()):
                if "://" in link or link.startswith("#"):
                    continue
                target = document.parent / link.split("#")[0]
                self.assertTrue(target.exists(), f"{document.name}: {link}")

    def test_scripts_exist(self):
        for document in DOCUMENTS:
            for name in re.findall(r"\bscripts/([a-z_]+(?:\.py)?)",
                                   document.read_text()):
                self.assertTrue((ROOT / "scripts" / name).exists(),
                                f"{document.name}: scripts/{name}")

    def test_experiments_in_readme_name_required_keys(self):
        # Parsed by the program itself in tests/cli; here it is TOML at all.
        import tomllib
        for block in blocks((ROOT / "README.md").read_text(), "toml"):
            self.assertIn("racer", tomllib.loads(block))

    def test_documents_are_ascii(self):
        for document in DOCUMENTS:
            self.assertTrue(document.read_text().isascii(), document.name)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    unittest.main()
