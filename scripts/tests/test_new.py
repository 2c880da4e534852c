"""A new connector's folder keeps the floor plan from its first minute."""

import pathlib
import subprocess
import tempfile
import unittest

import check_floor_plans
import new

REGISTRY = """\
#include "connectors/anura/connector.hpp"
#include "connectors/connector.hpp"

    connectors.push_back(anura::make_connector());
    connectors.push_back(twilio::make_connector());
"""


class New(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "src/connectors").mkdir(parents=True)
        self.registry = self.root / "src/connectors/registry.cpp"
        self.registry.write_text(REGISTRY)

    def test_it_keeps_the_floor_plan_and_the_format(self):
        folder = new.new_connector(self.root, "my_source")
        found = [finding for finding in check_floor_plans.check(self.root) if "my_source" in str(finding)]
        self.assertEqual(found, [])
        self.assertNotIn("@", "".join(path.read_text() for path in folder.rglob("*") if path.is_file()))
        style = f"--style=file:{new.ROOT / '.clang-format'}"
        for name in ("connector.hpp", "connector.cpp"):
            done = subprocess.run(["clang-format-14", "--dry-run", "-Werror", style, folder / name], stderr=subprocess.PIPE)
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_it_adds_two_lines_to_the_registry_in_order(self):
        new.new_connector(self.root, "meta")
        lines = self.registry.read_text().splitlines()
        self.assertEqual(lines[1], '#include "connectors/meta/connector.hpp"')
        self.assertEqual(lines[5], "    connectors.push_back(meta::make_connector());")
        self.assertEqual(len(lines), len(REGISTRY.splitlines()) + 2)

    def test_a_name_that_is_none_and_a_folder_that_is_there_are_refused(self):
        new.new_connector(self.root, "meta")
        for name in ("meta", "Meta", "../x", "a-b", ""):
            with self.subTest(name=name), self.assertRaises(new.Refused):
                new.new_connector(self.root, name)


if __name__ == "__main__":
    unittest.main()
