"""The counting of tests is itself tested: a crash, a skip and a lost case must never look like success."""

import pathlib
import stat
import subprocess
import sys
import tempfile
import textwrap
import unittest

import run_tests

GTEST = """\
Running main() from gtest_main.cc
[ RUN      ] Sums.add_up
[       OK ] Sums.add_up (0 ms)
[ RUN      ] Sums.carry
a.cpp:3: Failure
[  FAILED  ] Sums.carry (1 ms)
[ RUN      ] All/Sums.each/1
[  FAILED  ] All/Sums.each/1, where GetParam() = 4 (0 ms)
[ RUN      ] Sums.shared
a.cpp:9: Skipped
wants ../shared/samples
[  SKIPPED ] Sums.shared (0 ms)
[ RUN      ] Sums.hidden
a.cpp:9: Skipped
no database here
[  SKIPPED ] Sums.hidden (0 ms)
[ RUN      ] Sums.crash
"""
PROMISED = ["Sums.add_up", "Sums.carry", "All/Sums.each/1", "Sums.shared", "Sums.hidden", "Sums.crash", "Sums.last"]


class Gtest(unittest.TestCase):
    def test_every_promised_case_is_counted_once(self):
        result = run_tests.parse_gtest("p", PROMISED, -11, GTEST)
        self.assertEqual(result.passed, ["p:Sums.add_up"])
        self.assertEqual(result.failed, ["p:Sums.carry", "p:All/Sums.each/1", "p:Sums.crash (did not end)",
                                         "p:Sums.last (did not end)", "p:Sums.hidden"])
        self.assertEqual([case for case, _ in result.skipped], ["p:Sums.shared", "p:Sums.hidden"])

    def test_a_program_that_fails_after_its_last_case_has_failed(self):
        text = "[ RUN      ] A.b\n[       OK ] A.b (0 ms)\nLeakSanitizer: detected memory leaks\n"
        result = run_tests.parse_gtest("p", ["A.b"], 23, text)
        self.assertEqual((len(result.passed), len(result.failed)), (1, 1))

    def test_a_line_of_the_test_itself_may_stand_before_the_outcome(self):
        text = "[ RUN      ] A.b\nno newline[       OK ] A.b (0 ms)\n"
        self.assertEqual(run_tests.parse_gtest("p", ["A.b"], 0, text).passed, ["p:A.b"])

    def test_a_program_that_cannot_list_its_tests_has_failed(self):
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder) / "oidor_x_test"
            program.write_text("#!/bin/sh\nexit 3\n")
            program.chmod(program.stat().st_mode | stat.S_IXUSR)
            self.assertEqual(len(run_tests.run_gtest(program, None).failed), 1)


class Unittest(unittest.TestCase):
    def run_file(self, body, wanted=None):
        folder = tempfile.TemporaryDirectory(dir=run_tests.ROOT / "scripts/tests")
        self.addCleanup(folder.cleanup)
        path = pathlib.Path(folder.name) / "case.py"
        path.write_text("import unittest, os\n" + textwrap.dedent(body))
        return run_tests.run_unittest(path, wanted)

    def test_each_outcome_is_counted(self):
        result = self.run_file("""
            class T(unittest.TestCase):
                def test_good(self): pass
                def test_bad(self): self.fail()
                def test_error(self): raise OSError
                def test_many(self):
                    for i in range(3):
                        with self.subTest(i=i): self.assertEqual(i, 1)
                def test_shared(self): self.skipTest("wants ../shared")
                def test_hidden(self): self.skipTest("no database")
                @unittest.expectedFailure
                def test_expected(self): self.fail()
        """)
        self.assertEqual(len(result.passed), 1)
        self.assertEqual(sorted(case.split(".")[-1] for case in result.failed),
                         ["test_bad", "test_error", "test_expected", "test_hidden", "test_many"])

    def test_a_crash_fails_its_case_and_the_ones_behind_it(self):
        result = self.run_file("""
            class T(unittest.TestCase):
                def test_a(self): pass
                def test_b(self): os.abort()
                def test_c(self): pass
        """)
        self.assertEqual((len(result.passed), len(result.failed)), (1, 2))

    def test_a_class_that_cannot_be_set_up_fails(self):
        result = self.run_file("""
            class T(unittest.TestCase):
                @classmethod
                def setUpClass(cls): raise OSError
                def test_a(self): pass
        """)
        self.assertEqual(len(result.passed), 0)
        self.assertGreaterEqual(len(result.failed), 1)

    def test_a_file_that_cannot_be_read_fails(self):
        self.assertEqual(len(self.run_file("this is not python").failed), 1)

    def test_a_filter_chooses(self):
        result = self.run_file("""
            class T(unittest.TestCase):
                def test_good(self): pass
                def test_bad(self): self.fail()
        """, wanted="good")
        self.assertEqual((len(result.passed), len(result.failed)), (1, 0))


class LastLine(unittest.TestCase):
    def test_nothing_found_is_a_failure(self):
        done = subprocess.run([sys.executable, run_tests.ROOT / "scripts/run_tests.py", "--rules", "no_such_test_at_all"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.stdout.splitlines()[-1], "0 passed, 1 failed")
        self.assertEqual(done.returncode, 1)


if __name__ == "__main__":
    unittest.main()
