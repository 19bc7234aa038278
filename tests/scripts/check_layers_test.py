# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The tortoise authors.
"""Plants violations and expects the checks to find each."""

import pathlib
import sys
import tempfile
import unittest

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))
sys.dont_write_bytecode = True
import check_layers  # noqa: E402
import check_style  # noqa: E402

LICENCE = "".join(f"// {line}\n" for line in check_style.LICENCE)


class Tree(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name).resolve()

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def layers(self, name, text):
        self.write(name, text)
        return check_layers.check(self.root)

    def assert_finds(self, found, *words):
        self.assertEqual(len(found), 1, found)
        for word in words:
            self.assertIn(word, found[0])


class Layers(Tree):
    def test_arrows_downwards_are_fine(self):
        self.write("include/tortoise/core/text.h", "#include <string>\n")
        self.write("src/core/private.h", "")
        self.write("src/core/text.cc", '#include "core/private.h"\n')
        self.write("tests/support/loop.h",
                   '#include "tortoise/engine/run.h"\n')
        self.write("tests/data/read_test.cc",
                   '#include "support/loop.h"\n#include "gtest/gtest.h"\n')
        found = self.layers(
            "src/experiment/race.cc",
            '#include <toml++/toml.h>\n#include "core/text.h"\n'
            '#include "tortoise/theory/bounds.h"\n')
        self.assertEqual(found, [])

    def test_upward_include_is_found_with_its_line(self):
        found = self.layers("src/core/text.cc",
                            '#include <string>\n'
                            '#include "tortoise/engine/run.h"\n')
        self.assert_finds(found, "src/core/text.cc:2:", "core includes engine")

    def test_sideways_include_is_found(self):
        found = self.layers("include/tortoise/memory/a.h",
                            '#include "tortoise/protocol/pace.h"\n')
        self.assert_finds(found, "memory includes protocol")

    def test_a_test_may_not_reach_above_its_layer(self):
        found = self.layers("tests/memory/a_test.cc",
                            '#  include "tortoise/engine/run.h"\n')
        self.assert_finds(found, "memory includes engine")

    def test_engine_may_not_include_theory(self):
        found = self.layers("src/engine/run.cc",
                            '#include "tortoise/theory/bounds.h"\n')
        self.assert_finds(found, "engine includes theory")

    def test_private_header_of_a_higher_layer_is_found(self):
        self.write("src/engine/private.h", "")
        found = self.layers("src/data/a.cc",
                            '#include "../engine/private.h"\n')
        self.assert_finds(found, "data includes engine")

    def test_hidden_libraries_stay_out_of_public_headers(self):
        for name in ("tbb/parallel_for.h", "oneapi/tbb.h", "Eigen/Dense",
                     "boost/math/constants.hpp", "Random123/philox.h",
                     "fmt/core.h", "zlib.h"):
            found = self.layers("include/tortoise/engine/a.h",
                                f"#include <{name}>\n")
            self.assert_finds(found, "public header", name)
        for name in ("nlohmann/json.hpp", "toml++/toml.h", "CLI/CLI.hpp"):
            found = self.layers("include/tortoise/engine/a.h",
                                f"#include <{name}>\n")
            self.assertTrue(found, name)

    def test_an_include_names_its_layer(self):
        self.write("src/engine/private.h", "")
        found = self.layers("src/engine/a.cc",
                            '#include <string>\n#include "private.h"\n')
        self.assert_finds(found, "src/engine/a.cc:2:", "private.h", "layer")

    def test_library_does_not_print(self):
        found = self.layers("src/engine/a.cc", "#include <iostream>\n")
        self.assert_finds(found, "engine includes <iostream>")

    def test_umbrella_holds_includes_only(self):
        found = self.layers("include/tortoise/tortoise.h",
                            "/// Doc.\n#pragma once\n"
                            '#include "core/text.h"  // why\n'
                            "int x;\n")
        self.assert_finds(found, "tortoise.h:4:", "more than includes")

    def test_layers_do_not_include_the_umbrella(self):
        found = self.layers("src/engine/a.cc",
                            '#include "tortoise/tortoise.h"\n')
        self.assert_finds(found, "umbrella")

    def test_unknown_folder_is_found(self):
        found = self.layers("src/misc/a.cc", "")
        self.assert_finds(found, "src/misc", "no such layer")


class Style(Tree):
    def style(self, text, name="src/core/a.cc"):
        self.write(name, text)
        return check_style.check(self.root)

    def test_clean_file_passes(self):
        self.assertEqual(self.style(LICENCE + "int x;\n"), [])
        self.assertEqual(
            self.style("#!/bin/sh\n" + LICENCE.replace("//", "#"),
                       "scripts/tool"), [])

    def test_missing_licence_is_found(self):
        self.assert_finds(self.style("int x;\n"), ":1:", "licence")

    def test_other_than_ascii_is_found(self):
        self.assert_finds(self.style(LICENCE + "// \u03c4\n"), ":3:", "ASCII")

    def test_long_line_is_found(self):
        self.assert_finds(self.style(LICENCE + "/" * 81 + "\n"), ":3:", "81")

    def test_missing_pragma_is_found(self):
        self.assert_finds(self.style(LICENCE, "src/core/a.h"), "pragma")


if __name__ == "__main__":
    unittest.main()
