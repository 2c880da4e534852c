"""Net2phone from outside: signed webhooks, what becomes of its calls, and the pages that its clients know."""

import datetime
import importlib.util
import json
import subprocess
import sys
import threading
import unittest

import harness
from webhook_case import WebhookCase, new_id

SECRET = "net2phone-secret-0123456789abcdef"
API_KEY = "n2p-api-key-0123456789"

_spec = importlib.util.spec_from_file_location("net2phone_simulator",
                                               harness.ROOT / "src/connectors/net2phone/simulator.py")
simulator = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(simulator)


class Net2phoneCase(WebhookCase):
    settings = {"NET2PHONE_SECRET": SECRET, "NET2PHONE_API_KEY": API_KEY, "NET2PHONE_DEFAULT_CAMPAIGN_ID": "2"}

    @classmethod
    def setUpClass(cls):
        cls.sim = simulator.Simulator(API_KEY)
        cls.sim.__enter__()
        cls.addClassCleanup(cls.sim.__exit__)
        account = "OIDOR_ACCOUNTS_NET2PHONE_DEFAULT_"
        cls.more_env = {**cls.settings, account + "PRIVATE_HOSTS": f"127.0.0.1:{cls.sim.port}",
                        account + "RECORDING_RETRY_DELAYS": "100ms", account + "RECORDING_GIVE_UP_AFTER": "2s"}
        super().setUpClass()
        cls.target = simulator.Target("http://%s:%d" % tuple(cls.server.address), SECRET)

    def deliver(self, event, **named):
        status, body = self.sim.send(self.target, event, **named)
        return status, json.loads(body) if body else None

    def take(self, event):
        status, answer = self.deliver(event)
        self.assertEqual(status, 200, answer)
        return answer

    def call(self, call_id):
        items = self.server.list_conversations(self.reader, source="net2phone", external_id=call_id)
        return items[0] if items else None


class Signatures(Net2phoneCase):
    def refused(self, event, **named):
        self.assertEqual(self.sim.send(self.target, event, **named), (403, b""), named)
        self.assertEqual(self.count_events(event["call_id"]), 0)

    def test_whatever_is_wrong_with_it_is_the_same_empty_403(self):
        event = self.sim.events_of(new_id())[0]
        stamp = simulator.now_text
        minutes = lambda count: datetime.timedelta(minutes=count)  # noqa: E731
        good = simulator.sign(SECRET, stamp(), json.dumps(event, ensure_ascii=False).encode())
        for named in ({"signature": ""}, {"timestamp": ""}, {"signature": "0" * 64}, {"signature": good},
                      {"signature": "sha256=" + good}, {"timestamp": stamp(minutes(-6))}, {"timestamp": stamp(minutes(6))},
                      {"timestamp": "2026-02-10T13:30:00"}, {"timestamp": "now"}):
            with self.subTest(**named):
                self.refused(event, **named)
        other = simulator.Target(self.target.url, "another secret")
        self.assertEqual(self.sim.send(other, event), (403, b""))
        self.assertEqual(self.sim.send(simulator.Target(self.target.url, SECRET, "norte"), event), (403, b""))
        self.assertEqual(self.count_events(event["call_id"]), 0)
        self.assertEqual(self.deliver(event)[0], 200)

    def test_a_key_of_ours_does_not_replace_it(self):
        key = self.server.create_key("webhook:net2phone/default")
        answer = self.server.post("/webhook/net2phone/", self.sim.events_of(new_id())[0], headers={"X-API-Key": key})
        self.assertEqual((answer.status, answer.body), (403, b""))

    def test_a_time_with_an_offset_counts_with_it(self):
        event = self.sim.events_of(new_id())[0]
        zone = datetime.timezone(datetime.timedelta(hours=-3))
        local = datetime.datetime.now(zone)
        self.assertEqual(self.deliver(event, timestamp=local.isoformat())[0], 200)
        self.refused(self.sim.events_of(new_id())[0], timestamp=local.replace(tzinfo=datetime.timezone.utc).isoformat())

    def test_the_same_delivery_again_is_taken_and_does_nothing(self):
        event, stamp = self.sim.events_of(new_id())[0], simulator.now_text()
        first = self.deliver(event, timestamp=stamp)
        self.assertEqual(self.deliver(event, timestamp=stamp), first)
        self.assertEqual(self.count_events(event["call_id"]), 1)

    def test_neither_log_nor_metrics_hold_a_secret(self):
        self.take(self.sim.events_of(new_id())[0])
        self.deliver(self.sim.events_of(new_id())[0], signature="0" * 64)
        log = "\n".join(self.server.log)
        metrics = self.server.get("/metrics", key=self.reader).text
        for text in (SECRET, API_KEY, "55550101"):
            self.assertNotIn(text, log + metrics)
        self.assertIn('"signature_refused"', log)
        self.assertIn('server_signatures_refused_total{source="net2phone"}', metrics)
        shown = self.server.cli("config", "show").stdout.decode()
        self.assertNotIn(SECRET, shown)
        self.assertIn("accounts.net2phone.default.secret", shown)


class WithoutASecret(Net2phoneCase):
    settings = {"NET2PHONE_DEFAULT_CAMPAIGN_ID": "2"}

    def test_everything_is_refused_and_the_setting_named(self):
        event = self.sim.events_of(new_id())[0]
        for secret in (SECRET, ""):
            self.assertEqual(self.sim.send(simulator.Target(self.target.url, secret), event), (403, b""))
        self.assertEqual(self.count_events(event["call_id"]), 0)
        started = [line for line in self.server.log if '"secret_missing"' in line]
        self.assertEqual(len(started), 1)
        self.assertIn("accounts.net2phone.default.secret", started[0])
        refused = [line for line in self.server.log if '"signature_refused"' in line]
        self.assertIn("accounts.net2phone.*.secret", refused[0])
        doctor = harness.json_lines(self.server.cli("doctor", "--json").stdout)
        found = next(row for row in doctor if row["subject"] == "net2phone")
        self.assertEqual(found["verdict"], "odd")
        self.assertIn("accounts.net2phone.default.secret", found["words"])
        self.assertEqual(self.server.get("/webhook/net2phone/health").status, 200)


class Calls(Net2phoneCase):
    def test_a_call_from_its_ringing_to_its_recording(self):
        call_id = new_id()
        answers = [self.take(event) for event in self.sim.events_of(call_id)]
        self.assertEqual(len({answer["task_id"] for answer in answers}), 1)
        self.assertEqual({key: answers[-1][key] for key in ("success", "call_id", "event_type")},
                         {"success": True, "call_id": call_id, "event_type": "call_recorded"})
        self.assertEqual(answers[-1]["call_log_id"], answers[-1]["task_id"])
        self.assertEqual(answers[-1]["message"], "Webhook processed successfully: call_recorded")
        self.assertEqual(set(answers[0]), {"success", "message", "call_id", "event_type", "call_log_id", "task_id",
                                           "recording_downloaded"})
        harness.wait_until(lambda: any(row["state"] == "stored" for row in self.call(call_id)["recordings"]), 40,
                           "the recording")
        item = self.call(call_id)
        self.assertEqual((item["direction"], item["duration_s"], item["started_at"]),
                         ("inbound", self.sim.seconds, "2026-02-10T13:30:00Z"))
        self.assertEqual(item["campaign"], {"id": "2", "state": "defaulted", "wanted": None})
        self.assertEqual([(row["id"], row["state"]) for row in item["agents"]], [("300", "mapped")])
        self.assertIs(self.take(dict(self.sim.events_of(call_id)[2], call_source="again"))["recording_downloaded"], True)
        # The key went to the address that asks for it, and not along to the link.
        keys = dict(self.sim.asked)
        self.assertEqual(keys[f"/call-recordings/{call_id}{simulator.MARKER}"], API_KEY)
        self.assertIsNone(keys[f"/audio/{call_id}.wav?signature=1"])
        self.assertEqual(self.server.get(f"/tasks/{item['id']}/audio", key=self.reader).body, simulator.wav_of(5))

    def test_any_order_and_repeats_give_the_same_call(self):
        seen = []
        for order in ((0, 1, 2, 3), (3, 2, 1, 0), (2, 3, 0, 1, 2, 3, 0)):
            call_id = new_id()
            events = self.sim.events_of(call_id)
            for index in order:
                self.take(events[index])
            self.assertEqual(self.count_events(call_id), 4)
            harness.wait_until(lambda c=call_id: [row["state"] for row in self.call(c)["recordings"]] == ["stored"]
                               and self.call(c)["duration_s"], 40, "the recording")
            item = self.call(call_id)
            seen.append({**{key: item[key] for key in ("direction", "started_at", "ended_at", "duration_s", "campaign")},
                         "agents": [{**row, "participation": None} for row in item["agents"]]})
        self.assertEqual(seen[0], seen[1])
        self.assertEqual(seen[0], seen[2])

    def test_concurrent_repeats_are_one_event(self):
        event, statuses = self.sim.events_of(new_id())[0], []
        threads = [threading.Thread(target=lambda: statuses.append(self.deliver(event)[0])) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(statuses, [200] * 8)
        self.assertEqual(self.count_events(event["call_id"]), 1)

    def test_a_missed_call_is_a_call_with_nothing_to_judge(self):
        call_id = new_id()
        for event in self.sim.events_of(call_id, answered=False):
            self.take(event)
        item = harness.wait_until(lambda: next((item for item in [self.call(call_id)] if item["state"] == "not_auditable"),
                                               None), 30, "the call to be judged")
        self.assertEqual((item["reason"], item["duration_s"]), ("abandoned", 0))

    def test_an_operator_that_does_not_exist_is_unmapped_never_the_default(self):
        call_id = new_id()
        self.take(self.sim.events_of(call_id, account_id=999)[2])
        harness.wait_until(lambda: self.call(call_id) and self.call(call_id)["agents"], 30, "the agent")
        self.assertEqual([(row["id"], row["state"], row["wanted"]) for row in self.call(call_id)["agents"]],
                         [(None, "unmapped", "999")])
        done = self.server.cli("mappings", "set", "agent", "email", "lucia@example.com", "300", "--source", "net2phone")
        self.assertEqual(done.returncode, 0, done)
        harness.wait_until(lambda: self.call(call_id)["agents"][0]["id"] == "300", 30, "the repair")
        self.assertEqual(self.server.cli("mappings", "set", "agent", "extension", "1", "300", "--source",
                                         "net2phone").returncode, 2)

    def test_a_recording_elsewhere_is_never_asked_for_and_gets_no_key(self):
        other = simulator.Simulator(API_KEY)
        with other:
            call_id = new_id()
            event = self.sim.events_of(call_id)[3]
            event["recording_url"] = f"{other.url}/call-recordings/1{simulator.MARKER}"
            self.take(event)
            harness.wait_until(lambda: any(row["reason"] == "address_refused" for row in self.call(call_id)["recordings"]),
                               30, "the refusal")
            self.assertEqual(other.asked, [])

    def test_what_cannot_be_used_gets_the_predecessors_codes(self):
        call_id = new_id()
        event = self.sim.events_of(call_id)[0]
        for body, status in (([], 400), ({key: value for key, value in event.items() if key != "call_id"}, 422)):
            code, answer = self.deliver(body)
            self.assertEqual((code, list(answer)), (status, ["detail"]))
            self.assertNotIn("55550101", json.dumps(answer))
        # Nothing but the call's id is needed: the published example has no `id`.
        for name in ("id", "timestamp", "direction", "event"):
            self.assertEqual(self.deliver({key: value for key, value in event.items() if key != name})[0], 200, name)
        rejected = harness.wait_until(lambda: [row for row in self.server.get(
            "/api/v1/events/rejected?limit=10", key=self.reader).json()["items"] if "net2phone" in row["reason"]], 10,
            "the rejections")
        self.assertEqual(rejected[0]["reason"], "net2phone/default call_id: missing")

    def test_health_and_test_are_open(self):
        answer = self.server.get("/webhook/net2phone/health")
        self.assertEqual((answer.status, answer.json()),
                         (200, {"status": "ok", "service": "oidor Net2phone Integration", "webhook_ready": True}))
        call_id = new_id()
        said = self.server.post("/webhook/net2phone/test", self.sim.events_of(call_id)[3])
        self.assertEqual(said.status, 200, said)
        self.assertEqual({key: said.json()[key] for key in ("status", "trigger", "call_id", "has_recording", "recording_url")},
                         {"status": "validated", "trigger": "call_recorded", "call_id": call_id, "has_recording": True,
                          "recording_url": None})
        self.assertNotIn("55550101", said.text)
        self.assertEqual(self.count_events(call_id), 0)
        self.assertEqual(self.server.post("/webhook/net2phone/test", "[]").status, 400)

    def test_a_wrong_method_says_which_is_right(self):
        answer = self.server.get("/webhook/net2phone/")
        self.assertEqual((answer.status, answer.headers["allow"]), (405, "POST"))


class Pages(Net2phoneCase):
    def test_they_are_for_keys_of_that_account_and_readers(self):
        own = self.server.create_key("webhook:net2phone/default")
        for path in ("/net2phone/campaigns", "/net2phone/mapping-guide", "/net2phone/stats"):
            self.assertEqual(self.server.get(path).status, 401, path)
            self.assertEqual(self.server.get(path, key=self.pbx).status, 403, path)
            self.assertEqual(self.server.get(path, key=own).status, 200, path)
            self.assertEqual(self.server.get(path, key=self.reader).status, 200, path)
        guide = self.server.get("/net2phone/mapping-guide", key=own).json()
        self.assertEqual((guide["campaign"]["method"], guide["campaign"]["campaign_id"]),
                         ("NET2PHONE_DEFAULT_CAMPAIGN_ID", 2))
        self.assertEqual(self.server.get("/net2phone/campaigns", key=own).json()["total"], 2)

    def test_what_would_be_mapped(self):
        def validate(body):
            answer = self.server.post("/net2phone/validate-mapping", body, headers={"X-API-Key": self.reader})
            self.assertEqual(answer.status, 200, answer)
            return answer.json()
        fine = validate({"user": {"account_id": 300, "name": "Lucía"}})
        self.assertIs(fine["valid"], True)
        self.assertEqual((fine["mapping"]["campaign"]["id"], fine["mapping"]["campaign"]["state"]), ("2", "defaulted"))
        self.assertEqual((fine["mapping"]["operator"]["extracted_id"], fine["mapping"]["operator"]["exists"]), (300, True))
        self.assertEqual(fine["recommendations"], [])
        unknown = validate({"account_id": "999"})
        self.assertEqual((unknown["mapping"]["operator"]["extracted_id"], unknown["mapping"]["operator"]["exists"]),
                         (999, False))
        self.assertEqual(len(unknown["recommendations"]), 1)
        nobody = validate({"user": {"account_id": 0}})
        self.assertIs(nobody["valid"], False)
        self.assertIn("account_id", nobody["recommendations"][0])
        self.assertEqual(self.server.post("/net2phone/validate-mapping", "[]",
                                          headers={"X-API-Key": self.reader}).status, 400)

    def test_the_figures_are_of_this_source(self):
        call_id = new_id()
        self.take(self.sim.events_of(call_id)[2])
        self.accept({"hooktrigger": "END", "cdrid": new_id()})
        harness.wait_until(lambda: self.call(call_id), 20, "the call")
        stats = self.server.get("/net2phone/stats", key=self.reader).json()
        self.assertEqual(stats["last_calls"][0]["call_id"], call_id)
        self.assertEqual(stats["totals"]["calls"], len(self.server.list_conversations(self.reader, source="net2phone")))
        self.assertGreater(stats["totals_of_all_sources"]["calls"], stats["totals"]["calls"])


class Program(Net2phoneCase):
    def test_the_simulator_runs_by_hand(self):
        program = str(harness.ROOT / "src/connectors/net2phone/simulator.py")

        def run(*words, **env):
            return subprocess.run([sys.executable, program, *words], env=harness.environment(**env), capture_output=True,
                                  timeout=60 * harness.PATIENCE, check=False)
        done = run("--url", self.target.url, "--calls", "3", "--shuffle", "--repeat", NET2PHONE_SECRET=SECRET,
                   NET2PHONE_API_KEY=API_KEY)
        self.assertEqual(done.returncode, 0, done)
        self.assertEqual(json.loads(done.stdout), {"calls": 3, "events": 20, "acknowledged": 20})
        harness.wait_until(lambda: self.call("sim-3") and self.call("sim-3")["direction"] == "inbound", 20, "the third call")
        self.assertEqual(len(harness.json_lines(run("--check").stdout)), 4)
        self.assertEqual(run().returncode, 2)


if __name__ == "__main__":
    unittest.main()
