"""Every rule can fail: for each, a small tree that keeps it and trees that break it."""

import hashlib
import importlib
import json
import pathlib
import tempfile
import textwrap
import unittest

ADR = "# Title\n\nStatus: accepted, 2026-11-21\n\n## Context\n\n## Decision\n\n## Consequences\n\n## Alternatives\n"


class RuleCase(unittest.TestCase):
    def findings(self, rule, files):
        """The findings of a rule on a tree of these files, as `file: what`."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in files.items():
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(textwrap.dedent(text))
            found = importlib.import_module(f"check_{rule}").check(root)
            for finding in found:
                self.assertTrue(finding.file and finding.line and finding.what and finding.cure, finding)
            return [f"{finding.file}: {finding.what}" for finding in found]

    def assert_clean(self, rule, files):
        self.assertEqual(self.findings(rule, files), [])

    def assert_found(self, rule, files, *wanted):
        found = self.findings(rule, files)
        self.assertEqual(len(found), len(wanted), found)
        for words in wanted:
            self.assertTrue(any(words in line for line in found), (words, found))


class Arrows(RuleCase):
    TREE = {
        "src/rooms.cmake": "oidor_room(base)\noidor_room(store ROOMS base LINKS X::Y)\n"
                           "oidor_room(blobs ROOMS base)\noidor_room(jobs ROOMS store)\n",
        "ARCHITECTURE.md": "| room | is | may include |\n|---|---|---|\n| `base` | a | |\n"
                           "| `store`, `blobs` | b | `base` |\n| `jobs` | c | `base`, `store` |\n| `main` | all | everything |\n",
        "src/base/a.hpp": "",
        "src/store/store.hpp": '#include "base/a.hpp"\n',
        "src/store/sqlite/x.hpp": '#include "store/store.hpp"\n',
        "src/blobs/blobs.hpp": "",
        "src/jobs/jobs.cpp": '#include "store/store.hpp"\n#include "base/a.hpp"\n',
        "src/main/main.cpp": '#include "store/sqlite/x.hpp"\n#include "jobs/jobs.hpp"\n',
        "src/jobs/jobs.hpp": "",
    }

    def test_a_tree_that_keeps_the_table_is_clean(self):
        self.assert_clean("arrows", self.TREE)

    def test_an_arrow_that_the_table_lacks(self):
        self.assert_found("arrows", {**self.TREE, "src/base/b.hpp": '#include "store/store.hpp"\n'},
                          "base may not include store")

    def test_a_closet_is_not_a_door(self):
        self.assert_found("arrows", {**self.TREE, "src/jobs/b.cpp": '#include "store/sqlite/x.hpp"\n'},
                          "store/sqlite/x.hpp is a closet of store")

    def test_peers_may_not_be_linked(self):
        files = {**self.TREE, "src/rooms.cmake": self.TREE["src/rooms.cmake"].replace("blobs ROOMS base", "blobs ROOMS store")}
        self.assert_found("arrows", files, "blobs links its peer store", "row of blobs says")

    def test_a_circle_of_headers(self):
        self.assert_found("arrows", {**self.TREE, "src/base/b.hpp": '#include "base/c.hpp"\n',
                                     "src/base/c.hpp": '#include "base/b.hpp"\n'}, "headers in a circle")

    def test_a_circle_of_rooms(self):
        files = {**self.TREE, "src/rooms.cmake": self.TREE["src/rooms.cmake"].replace("(base)", "(base ROOMS jobs)")}
        self.assertTrue(any("in a circle" in line for line in self.findings("arrows", files)))

    def test_a_room_that_nobody_named(self):
        self.assert_found("arrows", {**self.TREE, "src/other/o.hpp": ""}, "src/rooms.cmake does not name")

    def test_a_room_that_the_architecture_lacks(self):
        files = {**self.TREE, "ARCHITECTURE.md": self.TREE["ARCHITECTURE.md"].replace("`blobs`", "`blob`")}
        self.assert_found("arrows", files, "room blobs is not in the table")

    def test_an_include_of_nothing(self):
        self.assert_found("arrows", {**self.TREE, "src/base/b.cpp": '#include "base/none.hpp"\n'}, "there is no src/base/none.hpp")


class Headers(RuleCase):
    GOOD = "// What a sum is for.\n#pragma once\n#include <string>\ninline std::string a();\n"

    def test_a_good_header_is_clean(self):
        self.assert_clean("headers", {"src/base/a.hpp": self.GOOD.replace("inline ", "")})

    def test_a_header_without_a_word_or_a_guard(self):
        self.assert_found("headers", {"src/base/x/a.hpp": "int a();\n"}, "does not say what it is for", "no #pragma once")

    def test_a_header_that_leans_on_another(self):
        self.assert_found("headers", {"src/base/a.hpp": "// What a sum is for.\n#pragma once\nSum a();\n",
                                      "src/net/a.cpp": '#include "base/a.hpp"\n'},
                          "does not compile alone")

    def test_a_heavy_header_that_other_rooms_include(self):
        text = "// What a door is for.\n#pragma once\n#include <boost/json.hpp>\n"
        self.assert_clean("headers", {"src/net/a.hpp": text, "src/net/a.cpp": '#include "net/a.hpp"\n'})
        self.assert_found("headers", {"src/net/a.hpp": text, "src/cli/a.cpp": '#include "net/a.hpp"\n'},
                          "a heavy third-party header")

    def test_using_namespace(self):
        text = "// What a door is for.\n#pragma once\nnamespace a {}\nusing namespace a;\n"
        self.assert_found("headers", {"src/net/a.hpp": text}, "using namespace")


class Comments(RuleCase):
    def test_types_with_comments_are_clean(self):
        self.assert_clean("comments", {"src/base/a.hpp": """\
            class Later;
            /// A pair.
            template <typename T>
            struct Pair {
                struct Inside {};
            };
            /// A kind.
            enum class Kind { One };
            template <>
            struct std::hash<Pair<int>> {};
            template <>
            struct Pair<int> {};
            enum class Side { Left, Right };
            """, "src/base/closet/b.hpp": "struct Private {};\n"})

    def test_types_without_comments(self):
        self.assert_found("comments", {"src/base/a.hpp": "struct A {\n};\n\nenum class B {\n    C\n};\nclass D {};\n"},
                          "public type A", "public type B", "public type D")


class Rooms(RuleCase):
    def test_a_room_with_a_readme_is_clean(self):
        self.assert_clean("rooms", {"src/base/README.md": "# base\n", "src/base/a.cpp": ""})

    def test_what_a_room_may_not_be(self):
        self.assert_found("rooms", {"src/utils/a.cpp": "\n" * 501},
                          "without a subject", "README.md: missing", "501 lines")

    def test_a_readme_longer_than_a_screen(self):
        self.assert_found("rooms", {"src/base/README.md": "x\n" * 61}, "more than a screen")

    def test_a_crowded_root(self):
        self.assert_found("rooms", {f"folder{n}/a.txt": "" for n in range(11)}, "11 folders at the root")


class FloorPlans(RuleCase):
    TREE = {
        "src/connectors/registry.cpp": '#include "connectors/x/connector.hpp"\n',
        "src/connectors/x/README.md": "", "src/connectors/x/connector.hpp": "", "src/connectors/x/connector.cpp": "",
        "src/connectors/x/mapping_test.cpp": "",
        "src/connectors/x/testdata/cases/a/given.json": "", "src/connectors/x/testdata/cases/a/expected.json": "",
    }

    def test_the_plan_is_clean(self):
        self.assert_clean("floor_plans", self.TREE)

    def test_a_room_of_its_own_invention(self):
        self.assert_found("floor_plans", {**self.TREE, "src/connectors/x/helper.cpp": ""}, "no room for it")
        self.assert_clean("floor_plans", {**self.TREE, "src/connectors/x/forms.cpp": "", "src/connectors/x/forms_test.cpp": "",
                                          "src/connectors/x/README.md": "`forms`: bodies that are no JSON\n"})

    def test_parts_that_are_missing(self):
        files = {name: text for name, text in self.TREE.items() if not name.endswith(("README.md", "expected.json"))}
        self.assert_found("floor_plans", files, "README.md: missing", "expected.json: missing")

    def test_a_connector_that_the_registry_lacks(self):
        self.assert_found("floor_plans", {**self.TREE, "src/connectors/registry.cpp": ""}, "does not name x")


class Links(RuleCase):
    def test_links_that_lead_somewhere_are_clean(self):
        self.assert_clean("links", {"README.md": "[a](docs/a.md#the-end-of-it) [w](https://x.y) `[c](none)` [s](#up)\n# Up\n",
                                    "docs/a.md": "# The end, of it\n[back](../README.md)\n```\n[no](no)\n```\n"})

    def test_links_that_lead_nowhere(self):
        self.assert_found("links", {"README.md": "[a](none.md)\n[b](docs/a.md#none)\n[c](../outside.md)\n", "docs/a.md": "# A\n"},
                          "none.md leads nowhere", "no heading #none", "../outside.md leads nowhere")


class Secrets(RuleCase):
    def test_plain_text_is_clean(self):
        self.assert_clean("secrets", {"a.cpp": 'auto url = "https://example.com:8080/a"; // postgres://user@host https://a:secret@pbx.example/\n'})

    def test_each_kind_is_found(self):
        kinds = ["-----BEGIN PRIVATE " + "KEY-----", "AKIA" + "Q" * 16, "sk-" + "a1" * 14, "xoxb-" + "1" * 12,
                 "ghp_" + "a" * 36, "AIza" + "b" * 35, "SK" + "0a" * 16, "dapi" + "0a" * 16,
                 "eyJ" + "a" * 20 + ".eyJ" + "b" * 20 + "." + "c" * 20, "postgres://user:" + "hunter2@db.internal/x"]
        for kind in kinds:
            with self.subTest(kind=kind):
                self.assertEqual(len(self.findings("secrets", {"a.txt": f"x = {kind}\n"})), 1)

    def test_a_file_made_for_secrets(self):
        self.assert_found("secrets", {"tls.pem": "x"}, "a file made for secrets")


class Words(RuleCase):
    def test_plain_text_is_clean(self):
        self.assert_clean("words", {"a.cpp": "// Todo el día.\n", "b.md": "build/release/oidor, network/work\n"})

    def test_each_kind_is_found(self):
        for words in ("/wo" + "rk/a", "cd /ro" + "ot/x", "http://de" + "b.debian.org/", "// TO" + "DO: later",
                      "TEST(A, DIS" + "ABLED_b)", "@unittest.sk" + "ip('x')"):
            with self.subTest(words=words):
                self.assertEqual(len(self.findings("words", {"a.txt": words + "\n"})), 1)

    def test_unfinished_work_that_is_tracked_is_clean(self):
        self.assert_clean("words", {"a.cpp": "// TO" + "DO: the second page, issue 7\n"})


class Migrations(RuleCase):
    S, P = "src/store/sqlite/migrations/", "src/store/postgres/migrations/"

    def test_the_same_steps_are_clean(self):
        self.assert_clean("migrations", {self.S + "0001_first.sql": "", self.P + "0001_first.sql": ""})
        self.assert_clean("migrations", {self.S + "0001_first.sql": "", self.S + "0002_more.sql": ""})

    def test_steps_that_differ(self):
        self.assert_found("migrations", {self.S + "0001_first.sql": "", self.S + "0002_more.sql": "", self.P + "0001_first.sql": ""},
                          "no 0002_more.sql as the other store has")

    def test_gaps_doubles_and_names(self):
        self.assert_found("migrations", {self.S + "0001_a.sql": "", self.S + "0003_c.sql": "", self.S + "0003_d.sql": "", self.S + "x.sql": ""},
                          "0002 is missing", "two migrations with one number", "not the name of a migration")


class Fixtures(RuleCase):
    S, P, F = "src/store/sqlite/migrations/", "src/store/postgres/migrations/", "src/store/fixtures/"
    HASHES = json.dumps({"migrations": {f"{store}/migrations/0001_a.sql": hashlib.sha256(b"first").hexdigest()
                                        for store in ("sqlite", "postgres")}})

    def files(self, **more):
        return {self.S + "0001_a.sql": "first", self.P + "0001_a.sql": "first", self.F + "rows/0001_a.json": "{}",
                self.F + "released/0001.db": "x", self.F + "released/0001.postgres.sql": "x",
                self.F + "released/0001.json": self.HASHES, **more}

    def test_released_migrations_as_they_were_are_clean(self):
        self.assert_clean("migrations", self.files())
        self.assert_clean("migrations", self.files(**{self.S + "0002_b.sql": "", self.P + "0002_b.sql": "",
                                                      self.F + "rows/0002_b.json": "{}"}))

    def test_an_edited_migration_and_one_without_rows(self):
        self.assert_found("migrations", self.files(**{self.S + "0001_a.sql": "other"}), "edited since")
        self.assert_found("migrations", self.files(**{self.S + "0002_b.sql": "", self.P + "0002_b.sql": ""}),
                          "no sample rows for this migration")

    def test_a_fixture_that_is_not_whole(self):
        files = self.files()
        del files[self.F + "released/0001.postgres.sql"]
        self.assert_found("migrations", files, "a fixture without it")
        self.assert_found("migrations", {name: text for name, text in self.files().items() if "released" not in name},
                          "no release left a store")


class Decisions(RuleCase):
    def test_a_page_of_the_form_is_clean(self):
        self.assert_clean("adrs", {"docs/adr/2026-11-21-a.md": ADR, "docs/changes/x.added.md": "A thing.\n", "docs/changes/README.md": ""})

    def test_what_is_not_of_the_form(self):
        self.assert_found("adrs", {"docs/adr/a.md": ADR}, "not the name of a decision")
        self.assert_found("adrs", {"docs/adr/2026-11-21-a.md": ADR.replace("## Alternatives\n", "")}, "its parts are")
        self.assert_found("adrs", {"docs/adr/2026-11-21-a.md": ADR.replace("accepted", "maybe")}, "no status")
        self.assert_found("adrs", {"docs/adr/2026-11-21-a.md": ADR + "x\n" * 70}, "more than a page")
        self.assert_found("adrs", {"docs/changes/x.md": "A\n", "docs/changes/y.fixed.md": "\n"},
                          "not the name of a change", "an empty change")


class Pages(RuleCase):
    TABLE = '[[page]]\npath = "docs/reference/a.md"\ncommand = ["printf", "one\\\\ntwo\\\\n"]\n'

    def test_a_page_as_its_command_prints_it_is_clean(self):
        self.assert_clean("pages", {"scripts/pages.toml": self.TABLE, "docs/reference/a.md": "one\ntwo\n"})

    def test_a_stale_page_and_a_page_that_nothing_makes(self):
        self.assert_found("pages", {"scripts/pages.toml": self.TABLE, "docs/reference/a.md": "one\n", "docs/reference/b.md": ""},
                          "a.md: stale", "b.md: nothing makes this page")

    def test_a_page_that_takes_minutes_has_to_be_there(self):
        table = self.TABLE.replace("printf", "false") + "slow = true\n"
        self.assert_clean("pages", {"scripts/pages.toml": table, "docs/reference/a.md": "measured\n"})
        self.assert_found("pages", {"scripts/pages.toml": table}, "a.md: missing")

    def test_a_command_that_fails(self):
        self.assert_found("pages", {"scripts/pages.toml": self.TABLE.replace("printf", "false")}, "cannot be made")


class Format(RuleCase):
    def test_space(self):
        self.assert_clean("format", {".clang-format": "BasedOnStyle: Google\n", "a.cpp": "int a = 1;\n"})
        self.assert_found("format", {".clang-format": "BasedOnStyle: Google\n", "a.cpp": "int  a=1;\n"}, "not as clang-format")


class Lint(RuleCase):
    TIDY = (pathlib.Path(__file__).resolve().parents[2] / ".clang-tidy").read_text()

    def lint(self, together=False, uncompiled=(), **sources):
        """Lints these files of one room. `together`: the database knows the group that CMake made of them alone."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "build/dev").mkdir(parents=True)
            (root / "src/base").mkdir(parents=True)
            (root / ".clang-tidy").write_text(self.TIDY)
            entries = []
            for name, text in sources.items():
                path = root / f"src/base/{name}.cpp"
                path.write_text(text)
                if name not in uncompiled:
                    entries.append(path)
            if together:
                group = root / "build/dev/Unity/unity_0_cxx.cxx"
                group.parent.mkdir()
                group.write_text("".join(f'#include "{path}"\n\n' for path in entries))
                entries = [group]
            entries = [{"directory": str(root), "file": str(path),
                        "command": f"/usr/bin/c++ -I{root}/src -DX=1 -O1 -o x.o -c {path}"} for path in entries]
            (root / "build/dev/compile_commands.json").write_text(__import__("json").dumps(entries))
            return [str(finding) for finding in importlib.import_module("check_lint").check(root)]

    def test_a_clean_file_is_clean_and_one_that_breaks_a_rule_is_found(self):
        self.assertEqual(self.lint(a="int add(int a, int b) { return a + b; }\n"), [])
        found = self.lint(a="struct A {\n    A(int b);\n};\n", b="int two() { return 2; }\n")
        self.assertEqual(len(found), 1, found)
        self.assertIn("src/base/a.cpp:2: ", found[0])
        self.assertIn("google-explicit-constructor", found[0])

    def test_files_that_cannot_stand_together_are_read_apart(self):
        self.assertEqual(self.lint(a="namespace { int n = 1; }\nint a() { return n; }\n",
                                   b="namespace { int n = 2; }\nint b() { return n; }\n"), [])

    def test_files_that_are_compiled_in_groups_are_read_too(self):
        found = self.lint(together=True, a="int one() { return 1; }\n", b="struct B {\n    B(int b);\n};\n")
        self.assertEqual(len(found), 1, found)
        self.assertIn("src/base/b.cpp:2: ", found[0])

    def test_a_source_that_nothing_compiles_is_said(self):
        found = self.lint(uncompiled=("b",), a="int one() { return 1; }\n", b="int two() { return 2; }\n")
        self.assertEqual(len(found), 1, found)
        self.assertIn("src/base/b.cpp:1: no compile command", found[0])

    def test_a_function_over_seventy_lines(self):
        found = self.lint(a="void g();\nvoid f() {\n" + "    g();\n" * 71 + "}\n")
        self.assertEqual(len(found), 1, found)
        self.assertIn("readability-function-size", found[0])

    def test_what_clang_cannot_read_is_said(self):
        self.assertIn("clang cannot read it", "".join(self.lint(a="int a = nothing;\n")))


class Telemetry(RuleCase):
    TREE = {
        "src/telemetry/events.inc":
            'OIDOR_EVENT(jobs, job_done, Debug, "a job (of any kind) ended", one(Metric::jobs_done_total), '
            'seconds(Metric::jobs_run_seconds))\n',
        "src/telemetry/metrics.inc":
            'OIDOR_METRIC(jobs_done_total, Counter, (), "Done.")\nOIDOR_METRIC(jobs_run_seconds, Histogram, (), "Run.")\n'
            'OIDOR_METRIC(jobs_dead_count, Gauge, (), "Dead.")\nOIDOR_METRIC(lines_total, Counter, (), "Lines.")\n',
        "src/telemetry/telemetry.cpp": "add(Metric::lines_total, 1);\n",
        "src/main/say.cpp": "emit(telemetry::Event::job_done, {.duration = took});\nset(Metric::jobs_dead_count, 1);\n",
    }

    def test_a_catalogue_that_is_used_is_clean(self):
        self.assert_clean("telemetry", self.TREE)
        self.assert_clean("telemetry", {"src/base/a.cpp": ""})

    def test_an_event_that_only_tests_and_telemetry_name(self):
        files = {**self.TREE, "src/main/say.cpp": "set(Metric::jobs_dead_count, 1);\n",
                 "src/main/say_test.cpp": self.TREE["src/main/say.cpp"],
                 "src/telemetry/other.cpp": self.TREE["src/main/say.cpp"],
                 "src/jobs/testing/say.hpp": self.TREE["src/main/say.cpp"]}
        self.assert_found("telemetry", files, "nothing emits job_done", "nothing moves jobs_done_total",
                          "nothing moves jobs_run_seconds")

    def test_an_event_without_the_field_that_moves_its_metric(self):
        files = {**self.TREE, "src/main/say.cpp": "emit(Event::job_done);\nset(Metric::jobs_dead_count, 1);\n"}
        self.assert_found("telemetry", files, "job_done is emitted without .duration", "nothing moves jobs_run_seconds")

    def test_a_gauge_that_nobody_sets(self):
        files = {**self.TREE, "src/main/say.cpp": "emit(Event::job_done, {.duration = took});\n"}
        self.assert_found("telemetry", files, "nothing moves jobs_dead_count")


if __name__ == "__main__":
    unittest.main()
