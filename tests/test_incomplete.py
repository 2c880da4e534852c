"""Recordings that lack a part of the call: seen by the call's own duration, shown, and held against nobody."""

import unittest
import urllib.parse

from audit_case import criterion
from speech_house import SpeechHouse

CARD = """id = "avisos"
version = 1
language = "es"
categories = [{ from = 0, name = "Todas" }]

[[criteria]]
id = "aviso"
kind = "phrases"
need = "any"
speaker = "agent"
phrases = ["esta llamada se graba"]
points = 100
"""
COVERS = "OIDOR_ACCOUNTS_ANURA_DEFAULT_RECORDING_COVERS_CALL"


class Incomplete(unittest.TestCase):
    def hear(self, house, cdrid, number, **more):
        house.announce(cdrid, number, **more)
        item = house.wait(cdrid, "audited")
        return house.get(f"/api/v1/conversations/{item['id']}"), item["recordings"][0]["id"]

    def test_half_a_call_fails_nobody_and_says_so(self):
        with SpeechHouse((1, 2)) as house:
            house.server.start()
            answer = house.server.post("/api/v1/scorecards", {"toml": CARD}, key=house.reader)
            self.assertEqual(answer.status, 201, answer)
            answer = house.server.put("/api/v1/bindings", {"scorecard": "avisos"}, headers={"X-API-Key": house.reader})
            self.assertEqual(answer.status, 200, answer)
            whole, recording = self.hear(house, "whole", 1)
            analysis = house.get(f"/api/v1/recordings/{recording}/analysis")
            self.assertEqual(analysis["warnings"], [])
            self.assertNotIn("peaks", analysis)
            self.assertEqual(len(analysis["channels"]), 2)
            self.assertIn("peaks", house.get(f"/api/v1/recordings/{recording}/analysis?peaks=true"))
            self.assertNotIn("shorter_than_call", whole["audits"][0]["review_reasons"])
            # What the whole call lacks is held against the agent; what half of one lacks is not known.
            self.assertEqual(criterion(whole["audits"][0], "aviso")["outcome"], "fail")

            half, recording = self.hear(house, "half", 2, duration="300", billseconds="290")
            audit = half["audits"][0]
            self.assertEqual(half["transcript"]["findings"], ["shorter_than_call"])
            self.assertIn("shorter_than_call", audit["review_reasons"])
            self.assertEqual(criterion(audit, "aviso")["outcome"], "unknown")
            self.assertEqual(house.get(f"/api/v1/recordings/{recording}/analysis")["warnings"], ["shorter_than_call"])

            signed_in = house.server.post("/sign-in", urllib.parse.urlencode({"key": house.reader}),
                                          headers={"Content-Type": "application/x-www-form-urlencoded"})
            cookie = signed_in.headers["set-cookie"].split(";")[0]
            page = house.server.get(f"/conversations/{half['id']}", headers={"Cookie": cookie})
            self.assertIn("falta una parte de la llamada en la grabación", page.text)

    def test_durations_that_count_more_than_is_recorded_can_be_told(self):
        with SpeechHouse((1,), **{COVERS: "false"}) as house:
            house.server.start()
            item, recording = self.hear(house, "queued", 1, duration="300", billseconds="290")
            self.assertNotIn("findings", item["transcript"])
            self.assertNotIn("shorter_than_call", item["audits"][0]["review_reasons"])
            self.assertEqual(house.get(f"/api/v1/recordings/{recording}/analysis")["warnings"], [])

    def test_an_analysis_of_what_is_not_measured_or_not_there(self):
        with SpeechHouse((1,)) as house:
            house.server.start()
            _, recording = self.hear(house, "one", 1)
            for name, status in ((recording, 200), ("00000000-0000-4000-8000-000000000000", 404), ("x", 404)):
                answer = house.server.get(f"/api/v1/recordings/{name}/analysis", key=house.reader)
                self.assertEqual(answer.status, status, answer)
            stranger = house.server.create_key("audits:read", campaigns=["2"])
            answer = house.server.get(f"/api/v1/recordings/{recording}/analysis", key=stranger)
            self.assertEqual(answer.status, 404, answer)


if __name__ == "__main__":
    unittest.main()
