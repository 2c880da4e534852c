"""The figures of scripts/measure_spanish.py, against values worked out by hand or known from textbooks."""

import unittest

import measure_spanish as measure


class Figures(unittest.TestCase):
    def test_wilsons_interval(self):
        low, high = measure.wilson(8, 10)
        self.assertAlmostEqual(low, 0.4902, places=4)
        self.assertAlmostEqual(high, 0.9433, places=4)
        self.assertEqual(measure.wilson(0, 0), (0.0, 1.0))
        self.assertEqual(measure.wilson(0, 5)[0], 0.0)
        self.assertEqual(measure.wilson(5, 5)[1], 1.0)

    def test_kappa_is_what_is_left_when_chance_is_taken_away(self):
        # 20 + 15 of 50 agree, 0.5 by chance: (0.7 - 0.5) / 0.5.
        pairs = [(1, 1)] * 20 + [(1, 0)] * 5 + [(0, 1)] * 10 + [(0, 0)] * 15
        self.assertAlmostEqual(measure.kappa(pairs), 0.4)
        self.assertEqual(measure.kappa([("a", "a")] * 3), 1.0)

    def test_a_score_counts_right_wrong_and_missed(self):
        score = measure.Score([True, True, False, False, True], [True, False, True, False, True])
        self.assertEqual((score.right, score.wrong, score.missed), (2, 1, 1))
        self.assertAlmostEqual(score.precision, 2 / 3)
        self.assertAlmostEqual(score.recall, 2 / 3)
        self.assertAlmostEqual(score.f1, 2 / 3)
        low, high = score.f1_interval()
        self.assertTrue(low < score.f1 < high)

    def test_nothing_found_is_no_division_by_zero(self):
        score = measure.Score([True, False], [False, False])
        self.assertEqual((score.precision, score.recall, score.f1), (0.0, 0.0, 0.0))

    def test_feeling_near_zero_is_neutral(self):
        self.assertEqual([measure.feeling_of(value) for value in (None, 0.1, -0.1, 0.11, -0.11)],
                         ["neutral", "neutral", "neutral", "positive", "negative"])

    def test_only_an_agent_can_say_what_is_forbidden(self):
        rows = [{"text": "NO PUEDO", "speaker": speaker} for speaker in ("agent", "customer")]
        self.assertEqual(measure.substring_finds(rows, ["no puedo"], "forbidden"), [True, False])
        self.assertEqual(measure.substring_finds(rows, ["no puedo"], "abuse"), [True, True])


class Page(unittest.TestCase):
    def test_texts_cannot_break_a_table(self):
        self.assertEqual(measure.escaped("a|b\n*c* <i>"), "a\\|b \\*c\\* \\<i>")

    def test_the_part_for_tuning_has_known_labels_alone(self):
        dev = {row["id"] for row in measure.read_rows("dev")}
        self.assertTrue(dev)
        for row in measure.read_rows("dev"):
            self.assertIn(row["first"]["sentiment"], measure.FEELINGS)
            self.assertLessEqual(set(row["first"]["labels"]), set(measure.PACKS))


if __name__ == "__main__":
    unittest.main()
