"""The simulated Anura PBX, against a small stand-in for our own side."""

import contextlib
import io
import json
import os
import sys
import tempfile
import threading
import unittest
import urllib.error
import urllib.parse
import urllib.request
from http.client import IncompleteRead
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src" / "connectors" / "anura"))
import simulator  # noqa: E402

KEY = "k" * 43


class Ours(BaseHTTPRequestHandler):
    """Takes events and transcripts; `answers` are given first, then 200."""
    protocol_version = "HTTP/1.1"

    def handle_any(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.command, self.path, self.headers, body))
        status, headers = self.server.answers.pop(0) if self.server.answers else (200, {})
        if status == "hang up":
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_POST = do_PUT = handle_any

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def our_side(answers=()):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Ours)
    server.received = []
    server.answers = list(answers)
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def day_of(*calls):
    return {"calls": list(calls)}


def call_of(cdrid="1", send=("END",), **more):
    variables = {"cdrid": cdrid, "duration": "20", "queueagentextension": "300", "calling": "+5411"}
    return {"vars": {**variables, **more.pop("vars", {})}, "send": list(send), **more}


def fetch(url):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=10) as answer:
        return answer.status, answer.headers["Content-Type"], answer.read()


class Folder(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)
        (self.folder / "a.mp3").write_bytes(b"ID3" + bytes(range(256)) * 8)
        self.slept = []

    def simulator(self, *calls):
        return simulator.Simulator(day_of(*calls), self.folder, sleep=self.slept.append)


class Events(Folder):
    def play(self, *calls, answers=(), **target):
        with our_side(answers) as ours, self.simulator(*calls) as pbx:
            summary = pbx.play(simulator.Target(url=ours.url, key=KEY, **target))
            return summary.to_json(), ours.received, pbx.recordings_url

    def test_sends_in_the_day_s_order_with_the_key(self):
        summary, received, _ = self.play(call_of(send=["END", "START", "TALK", "END"]))
        self.assertEqual([json.loads(body)["hooktrigger"] for *_, body in received], ["END", "START", "TALK", "END"])
        self.assertEqual({path for _, path, *_ in received}, {"/webhook/anura/"})
        self.assertEqual(received[0][2]["X-API-Key"], KEY)
        self.assertEqual(received[0][3], received[3][3], "a duplicate is the same bytes")
        self.assertEqual(summary["events"], {"sent": 4, "acknowledged": 4, "resent": 0})
        self.assertEqual(summary["answers"], {"200": 4})

    def test_every_key_style_is_a_header_of_its_own(self):
        expected = {"bearer": f"Bearer {KEY}", "authorization": KEY, "authorization-x-api-key": f"X-API-Key: {KEY}"}
        for style, header in expected.items():
            _, received, _ = self.play(call_of(), key_style=style)
            self.assertEqual(received[0][2]["Authorization"], header)

    def test_an_account_is_a_part_of_the_path(self):
        _, received, _ = self.play(call_of(), account="norte")
        self.assertEqual(received[0][1], "/webhook/anura/norte")

    def test_early_events_do_not_know_the_end(self):
        _, received, _ = self.play(call_of(send=["START", "TALK", "END"]))
        start, talk, end = (json.loads(body) for *_, body in received)
        self.assertEqual((start["queueagentextension"], start["duration"], start["calling"]), ("", "", "+5411"))
        self.assertEqual((talk["queueagentextension"], talk["duration"]), ("300", ""))
        self.assertEqual((end["queueagentextension"], end["duration"]), ("300", "20"))

    def test_a_transfer_names_another_agent_at_each_talk(self):
        _, received, _ = self.play(
            call_of(send=["TALK", "TALK"], at={"TALK": [{"queueagentextension": "301"}, {}]}))
        self.assertEqual([json.loads(body)["queueagentextension"] for *_, body in received], ["301", "300"])

    def test_styles_render_the_body_as_panels_do(self):
        quoted = 'Ana "Ñata"'
        _, received, _ = self.play(call_of(style="rendered", vars={"queueagentname": quoted}),
                                   call_of("2", style="form", vars={"queueagentname": quoted}))
        self.assertIn(f'"queueagentname": "{quoted}"'.encode(), received[0][3])
        self.assertIn(b'"duration": 20,', received[0][3])
        self.assertIn(b'"price": ,', received[0][3])
        with self.assertRaises(ValueError):
            json.loads(received[0][3])
        self.assertEqual(received[1][2]["Content-Type"], "application/x-www-form-urlencoded")
        self.assertEqual(urllib.parse.parse_qs(received[1][3].decode())["queueagentname"], [quoted])

    def test_the_end_carries_the_recording_s_link(self):
        _, received, url = self.play(call_of("7", ["TALK", "END", "RECORDING"], recording={"file": "a.mp3"}),
                                     call_of("8", recording={"silence_s": 1}))
        links = [json.loads(body)["audio_file_mp3"] for *_, body in received]
        self.assertEqual(links, ["", f"{url}/recordings/7.mp3", f"{url}/recordings/7.mp3", ""])
        self.assertEqual(json.loads(received[3][3])["audio_file_wav"], f"{url}/recordings/8.wav")

    def test_resends_what_was_not_acknowledged(self):
        summary, received, _ = self.play(
            call_of(), answers=[(503, {}), ("hang up", {}), (429, {"Retry-After": "3"}), (500, {})])
        self.assertEqual(len(received), 5)
        self.assertEqual(len({body for *_, body in received}), 1)
        self.assertEqual(summary["events"], {"sent": 1, "acknowledged": 1, "resent": 4})
        self.assertEqual(summary["answers"], {"200": 1, "429": 1, "500": 1, "503": 1, "none": 1})
        self.assertEqual(self.slept, [0.2, 0.4, 3.0, 1.6])
        self.assertEqual(summary["not_acknowledged"], [])

    def test_gives_up_after_the_bound_and_goes_on(self):
        summary, received, _ = self.play(call_of("1"), call_of("2"), answers=[(503, {})] * 3, attempts_max=3)
        self.assertEqual(len(received), 4)
        self.assertEqual([item["what"] for item in summary["not_acknowledged"]], ["1 END"])
        self.assertEqual(summary["events"]["acknowledged"], 1)

    def test_a_refusal_is_not_repeated(self):
        summary, received, _ = self.play(call_of(), answers=[(401, {})])
        self.assertEqual(len(received), 1)
        self.assertIn("status 401", summary["not_acknowledged"][0]["reason"])

    def test_puts_transcripts_with_the_same_key(self):
        transcript = {"language": "es", "segments": [{"text": "Sí, señor"}]}
        for style, header in (("bearer", "Authorization"), ("authorization", "X-API-Key")):
            summary, received, _ = self.play(call_of("a b", transcript_json=transcript), key_style=style)
            method, path, headers, body = received[1]
            self.assertEqual((method, path),
                             ("PUT", "/api/v1/transcripts?source=anura&account=default&external_id=a+b"))
            self.assertIn(KEY, headers[header])
            self.assertEqual(json.loads(body), transcript)
            self.assertEqual(summary["transcripts"], {"sent": 1, "stored": 1})


class Recordings(Folder):
    def get(self, recording, times=1, suffix="mp3"):
        with self.simulator(call_of("5", recording=recording)) as pbx:
            answers = []
            for _ in range(times):
                try:
                    answers.append(fetch(f"{pbx.recordings_url}/recordings/5.{suffix}"))
                except urllib.error.HTTPError as error:
                    error.close()
                    answers.append((error.code, None, None))
            self.assertEqual(pbx.requests(), {"5": times})
            return answers

    @property
    def audio(self):
        return (self.folder / "a.mp3").read_bytes()

    def test_serves_the_file(self):
        self.assertEqual(self.get({"file": "a.mp3"}), [(200, "audio/mpeg", self.audio)])

    def test_late_is_there_after_some_requests(self):
        answers = self.get({"file": "a.mp3", "fault": {"kind": "late", "requests": 2}}, times=4)
        self.assertEqual([status for status, *_ in answers], [404, 404, 200, 200])

    def test_missing_is_never_there(self):
        answers = self.get({"file": "a.mp3", "fault": {"kind": "missing"}}, times=3)
        self.assertEqual([status for status, *_ in answers], [404, 404, 404])

    def test_html_instead_of_audio(self):
        (status, media_type, body), = self.get({"file": "a.mp3", "fault": {"kind": "html"}})
        self.assertEqual((status, media_type), (200, "text/html"))
        self.assertTrue(body.startswith(b"<!doctype html>"))

    def test_slow_sends_it_all_in_pieces(self):
        answers = self.get({"file": "a.mp3", "fault": {"kind": "slow", "seconds": 2}})
        self.assertEqual(answers, [(200, "audio/mpeg", self.audio)])
        self.assertEqual(self.slept, [0.2] * 10)

    def test_cut_ends_in_the_middle(self):
        with self.assertRaises(IncompleteRead) as caught, \
                self.simulator(call_of("5", recording={"file": "a.mp3", "fault": {"kind": "cut"}})) as pbx:
            fetch(f"{pbx.recordings_url}/recordings/5.mp3")
        self.assertEqual(caught.exception.partial, self.audio[:len(self.audio) // 2])

    def test_silence_is_a_two_channel_wav_of_zeros(self):
        import wave
        (status, media_type, body), = self.get({"silence_s": 2}, suffix="wav")
        self.assertEqual((status, media_type), (200, "audio/wav"))
        with wave.open(io.BytesIO(body)) as audio:
            self.assertEqual((audio.getnchannels(), audio.getframerate(), audio.getnframes()), (2, 8000, 16000))
            self.assertEqual(set(audio.readframes(16000)), {0})

    def test_an_unknown_recording_is_absent(self):
        with self.simulator(call_of()) as pbx, self.assertRaises(urllib.error.HTTPError) as caught:
            fetch(f"{pbx.recordings_url}/recordings/../../etc/passwd")
        caught.exception.close()
        self.assertEqual(caught.exception.code, 404)

    def test_a_file_that_is_not_there_is_told_before_the_day_begins(self):
        with self.assertRaisesRegex(simulator.DayError, "call 5: no b.mp3"):
            self.simulator(call_of("5", recording={"file": "b.mp3"})).__enter__()


class Program(Folder):
    def run_program(self, *arguments, environment=None):
        out, err = io.StringIO(), io.StringIO()
        with mock.patch.dict(os.environ, environment or {}), \
                contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = simulator.main(list(arguments))
        return code, out.getvalue(), err.getvalue()

    def day_file(self, day):
        path = self.folder / "day.json"
        path.write_text(json.dumps(day), encoding="utf-8")
        return str(path)

    def test_the_summary_is_the_output_and_the_exit_says_if_all_was_delivered(self):
        day = self.day_file(day_of(call_of("1"), call_of("2")))
        with our_side() as ours:
            code, out, err = self.run_program("--day", day, "--url", ours.url, environment={"OIDOR_KEY": KEY})
        self.assertEqual(code, 0, err)
        self.assertEqual(json.loads(out)["events"]["acknowledged"], 2)
        self.assertIn("recordings at http://127.0.0.1:", err)
        self.assertNotIn(KEY, out + err)
        with our_side([(403, {})]) as ours:
            code, out, _ = self.run_program("--day", day, "--url", ours.url, environment={"OIDOR_KEY": KEY})
        self.assertEqual(code, 1)
        self.assertEqual(json.loads(out)["not_acknowledged"][0]["what"], "1 END")

    def test_the_key_may_lie_in_a_file(self):
        (self.folder / "key").write_text(KEY + "\n", encoding="utf-8")
        with our_side() as ours:
            self.run_program("--day", self.day_file(day_of(call_of())), "--url", ours.url, "--key-file",
                             str(self.folder / "key"))
            self.assertEqual(ours.received[0][2]["X-API-Key"], KEY)

    def test_faults_of_the_call_are_told_in_a_sentence(self):
        for arguments, message in (
                ((), "no key"),
                (("--key-file", str(self.folder / "absent")), "absent"),
                (("--day", str(self.folder / "absent.json")), "absent.json"),
                (("--day", self.day_file({"calls": []})), "no calls"),
        ):
            code, out, err = self.run_program(*arguments, environment={"OIDOR_KEY": ""})
            self.assertEqual((code, out), (2, ""))
            self.assertIn(message, err)

    def test_a_day_with_faults_is_refused(self):
        for calls, message in (
                ([call_of("1"), call_of("1")], "a cdrid of its own"),
                ([{"send": ["END"]}], "a cdrid of its own"),
                ([call_of("1", send=[])], "nothing to send"),
                ([call_of("1", recording={"fault": {"kind": "odd"}})], "a fault is one of"),
                ([call_of("1", transcript="absent.json")], "absent.json"),
        ):
            with self.assertRaisesRegex(simulator.DayError, message):
                simulator.load_day(self.day_file(day_of(*calls)))


class TheDay(unittest.TestCase):
    """The shipped day shows what it promises."""

    def setUp(self):
        self.day = simulator.load_day(simulator.DAY)
        self.calls = self.day["calls"]

    def where(self, test):
        return [call["vars"]["cdrid"] for call in self.calls if test(call)]

    def test_its_size(self):
        self.assertGreaterEqual(len(self.calls), 24)
        self.assertEqual(len(self.day["campaigns"]), 3)
        self.assertEqual(len(self.day["agents"]), 6)
        self.assertTrue(all(call["vars"]["dialtime"].startswith(self.day["date"]) for call in self.calls))

    def test_every_situation_is_there(self):
        agents = {agent["id"] for agent in self.day["agents"]}
        campaigns = {f"campaign_{campaign['id']}" for campaign in self.day["campaigns"]}
        situations = {
            "missed": lambda call: call["vars"]["status"] != "ANSWER",
            "transferred": lambda call: call["send"].count("TALK") == 2,
            "unmapped campaign": lambda call: call["vars"].get("accounttags", "").startswith("campaign_")
            and call["vars"]["accounttags"] not in campaigns,
            "unmapped agent": lambda call: call["vars"].get("queueagentextension", "300") not in agents,
            "duplicated END": lambda call: call["send"].count("END") == 2,
            "END without START": lambda call: "START" not in call["send"],
            "END before START": lambda call: call["send"][:2] == ["END", "START"],
            "silent": lambda call: "silence_s" in call.get("recording", {}),
            "missing": lambda call: call.get("recording", {}).get("fault", {}).get("kind") == "missing",
            "late": lambda call: call.get("recording", {}).get("fault", {}).get("kind") == "late",
            "custom": lambda call: "custom1" in call["vars"],
            "broken JSON": lambda call: call.get("style") == "rendered",
            "form": lambda call: call.get("style") == "form",
        }
        for name, test in situations.items():
            self.assertTrue(self.where(test), name)

    def test_mappings_lead_to_campaigns_and_agents_of_the_day(self):
        for mapping in self.day["mappings"]:
            self.assertTrue(
                mapping.get("campaign") in {item["id"] for item in self.day["campaigns"]}
                or mapping.get("agent") in {item["id"] for item in self.day["agents"]})

    def test_transcripts_fit_their_calls(self):
        with_transcript = [call for call in self.calls if "transcript_json" in call]
        self.assertGreaterEqual(len(with_transcript), 12)
        for call in with_transcript:
            transcript = call["transcript_json"]
            with self.subTest(call["transcript"]):
                self.assertNotIn("recording", call)
                self.assertEqual(str(transcript["duration_s"]), call["vars"]["billseconds"])
                self.assertIn(len(transcript["segments"]), range(5, 15))
                last_ms = 0
                for segment in transcript["segments"]:
                    self.assertIn(segment["speaker"], ("agent", "customer"))
                    self.assertLessEqual(last_ms, segment["start_ms"])
                    self.assertLess(segment["start_ms"], segment["end_ms"])
                    last_ms = segment["end_ms"]
                self.assertLessEqual(last_ms, transcript["duration_s"] * 1000)

    def test_four_recordings_go_through_recognition(self):
        files = {call["recording"]["file"] for call in self.calls
                 if call.get("recording", {}).get("file")
                 and call["recording"].get("fault", {}).get("kind") != "missing"}
        self.assertEqual(len(files), 4)


if __name__ == "__main__":
    unittest.main()
