"""A bounded part of the soak on each store, and the judge: `./dev soak` goes on for as long as it is told to."""

import random
import unittest

import soak
from soak import MIB, Sample


def samples_of(count=400, **series):
    """Samples of a quiet server, with some quantities as functions of the time from 0 to 1."""
    quiet = {"backlog": lambda _: 5, "memory_bytes": lambda _: 40 * MIB, "wal_bytes": lambda _: 8 * MIB,
             "files": lambda _: 60, "store_bytes": lambda at: at * 100 * MIB, "events": lambda at: at * 10000}
    made = {**quiet, **series}
    return [Sample(at_s=3600 * index / count, **{name: value(index / count) for name, value in made.items()})
            for index in range(count)]


class Judge(unittest.TestCase):
    def failed(self, **series):
        return [one.subject for one in soak.judge(samples_of(**series), rate=20, wal_bytes_max=64 * MIB) if not one.passed]

    def test_a_flat_server_passes_though_it_is_noisy(self):
        noise = random.Random(1)
        self.assertEqual(self.failed(), [])
        self.assertEqual(self.failed(backlog=lambda _: noise.uniform(0, 60), wal_bytes=lambda at: at * 7919 % 1 * 60 * MIB,
                                     memory_bytes=lambda _: noise.uniform(40, 44) * MIB), [])

    def test_filling_caches_in_the_first_quarter_are_no_leak(self):
        self.assertEqual(self.failed(memory_bytes=lambda at: min(at * 4, 1) * 60 * MIB), [])

    def test_what_grows_is_seen(self):
        self.assertEqual(self.failed(backlog=lambda at: at * 600), ["backlog, jobs"])
        self.assertEqual(self.failed(backlog=lambda _: 5000), ["backlog, jobs"])
        self.assertEqual(self.failed(memory_bytes=lambda at: (40 + 20 * at) * MIB), ["resident memory"])
        self.assertEqual(self.failed(wal_bytes=lambda at: at * 90 * MIB), ["log of the store"])
        self.assertEqual(self.failed(wal_bytes=lambda _: 200 * MIB), ["log of the store"])
        self.assertEqual(self.failed(files=lambda at: 60 + at * 100), ["open files"])
        self.assertEqual(self.failed(store_bytes=lambda at: at * at * at * 400 * MIB), ["store, a call"])

    def test_the_rise_is_that_of_the_line(self):
        self.assertAlmostEqual(soak.rise([0, 1, 2, 3], [5, 6, 7, 8]), 3)
        self.assertAlmostEqual(soak.rise([0, 1, 2, 3], [8, 7, 6, 5]), -3)
        self.assertEqual(soak.rise([7], [5]), 0)


class Bounded(unittest.TestCase):
    def assert_flat(self, store):
        rate, verdicts = soak.soak(store, seconds=15)
        self.assertGreater(rate, 0)
        self.assertEqual([one for one in verdicts if not one.passed], [])

    def test_sqlite(self):
        self.assert_flat("sqlite")

    def test_postgres(self):
        self.assert_flat("postgres")


if __name__ == "__main__":
    unittest.main()
