#!/usr/bin/env python3
"""The main job on this computer, without an account anywhere: a simulated Anura PBX plays a day of calls to the
real program, which keeps, fetches, hears and audits them; then the table of audited calls.

Examples:
  ./dev demo --once                    play the day, print the table, end
  ./dev demo                           the same, and leave the page open until Ctrl+C
  python3 tests/demo.py --once --json  the rows as JSON lines"""

import argparse
import json
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(HERE), str(ROOT / "src/connectors/anura")]

import harness  # noqa: E402
import simulator  # noqa: E402
from kill_soak import unfinished  # noqa: E402

SETTLE_SECONDS = 85


def say(text):
    """Words go to stderr; on a terminal they tell how far the day is."""
    print(text, file=sys.stderr, flush=True)


def must(done, what):
    if done.returncode != 0:
        raise SystemExit(f"{what}: exit {done.returncode}: {done.stderr.decode('utf-8', 'replace')}")
    return done


def prepare(server, day):
    """The house's own lists, as an operator would set them up."""
    for campaign in day["campaigns"]:
        words = ["campaigns", "set", campaign["id"], "--name", campaign["name"], "--spoken", campaign["language"]]
        must(server.cli(*words, "--channel", "0"), "campaigns set")
        if "scorecard" in campaign:
            must(server.cli("scorecard", "bind", campaign["scorecard"], "--campaign", campaign["id"]), "scorecard bind")
    for agent in day["agents"]:
        must(server.cli("agents", "set", agent["id"], "--name", agent["name"]), "agents set")
    for mapping in day["mappings"]:
        target = "campaign" if "campaign" in mapping else "agent"
        must(server.cli("mappings", "set", target, mapping["kind"], mapping["value"], mapping[target], "--source",
                        mapping["source"], "--account", mapping["account"]), "mappings set")


def wait_until_settled(server, admin, seconds=SETTLE_SECONDS):
    started = time.monotonic()
    shown = [None]

    def settled():
        left = unfinished(server, admin)
        if sys.stderr.isatty() and left != shown[0]:
            shown[0] = left
            print(f"\r  {left} trabajos por hacer · jobs to do ({time.monotonic() - started:.0f} s)   ", end="",
                  file=sys.stderr, flush=True)
        return left == 0

    harness.wait_until(settled, seconds, "every job to end", every=0.2)
    if sys.stderr.isatty():
        print(file=sys.stderr)


def evidence_of(audit):
    """The one thing that a supervisor would ask about first."""
    failed = [criterion for criterion in audit["criteria"] if criterion["outcome"] == "fail"]
    for criterion in sorted(failed, key=lambda row: not row["evidence"]):
        for evidence in criterion["evidence"]:
            if "quote" in evidence:
                return f"✗ {criterion['id']}: {clock(evidence['start_ms'])}«{evidence['quote']}»"
            measure = MEASURES.get(evidence["measure"], evidence["measure"])
            return f"✗ {criterion['id']}: {measure} {evidence['value']} {evidence['unit']}".rstrip()
    for criterion in failed:
        searched = criterion.get("searched") or {}
        return f"✗ {criterion['id']}: {window(searched)}"
    for criterion in audit["criteria"]:
        for evidence in criterion["evidence"]:
            if "quote" in evidence:
                return f"✓ {criterion['id']}: {clock(evidence['start_ms'])}«{evidence['quote']}»"
    return ""


def clock(ms):
    return "" if ms is None else f"{ms // 60000}:{ms // 1000 % 60:02} "


def window(searched):
    nearest = searched.get("nearest")
    near = f", cerca «{nearest['quote']}»" if isinstance(nearest, dict) else ""
    if "from_ms" in searched:
        return f"no está en {clock(searched['from_ms'])}– {clock(searched['to_ms'])}{near}".rstrip()
    if "from_turn" in searched:
        return f"no está en los turnos {searched['from_turn'] + 1} a {searched['to_turn']}{near}"
    return f"no está en los caracteres {searched.get('from_char')} a {searched.get('to_char')}{near}"


def rows_of(server, key):
    """One row per audit; a call without one has a row of its own."""
    rows = []
    for item in sorted(server.list_conversations(key), key=lambda item: item["external_id"]):
        whole = server.get(f"/api/v1/conversations/{item['id']}", key=key).json()
        names = {agent["participation"]: agent["name"] or agent["wanted"] or "—" for agent in whole["agents"]}
        campaign = item["campaign"]
        base = {"call": item["external_id"],
                "campaign": campaign["id"] or f"? {campaign['wanted'] or ''}".strip(),
                "state": item["state"], "reason": item["reason"],
                "seconds": item["duration_s"],
                "heard": (whole["transcript"] or {}).get("origin"),
                "recording": ",".join(recording["state"] for recording in item["recordings"])}
        judged = [audit for audit in whole["audits"] if audit["auditable"]]
        if not judged:
            rows.append({**base, "agent": " ".join(names.values()) or "—", "score": None, "category": None,
                         "review": False, "reviews": [], "evidence": ""})
        for audit in judged:
            rows.append({**base, "agent": names.get(audit["participation"], "—"), "score": audit["quality_score"],
                         "category": audit["quality_category"], "review": audit["needs_review"],
                         "reviews": audit["review_reasons"], "evidence": evidence_of(audit)})
    return rows


# As the page says it (src/base/messages.inc).
STATES = {"audited": "auditada", "not_auditable": "no auditable", "no_recording": "sin grabación", "failed": "falló",
          "ended": "en proceso", "open": "en curso"}
REASONS = {"abandoned": "nadie atendió", "no_speech": "no se oye a nadie", "too_short": "demasiado corta",
           "recording_missing": "la grabación no está en el origen"}
MEASURES = {"duration": "duración", "sentiment": "sentimiento"}

COLUMNS = (("call", "llamada", 8), ("campaign", "camp.", 6), ("agent", "agente", 16), ("seconds", "seg.", 5),
           ("state", "estado", 14), ("score", "punt.", 5), ("category", "", 18), ("review", "rev.", 5),
           ("evidence", "evidencia", 0))


def format_table(rows):
    def cell(row, name, width):
        value = row[name]
        if name == "review":
            value = "sí" if value else ""
        if name == "state":
            value = STATES[value]
        if name == "evidence" and not value:
            value = REASONS.get(row["reason"], row["reason"] or "")
        text = "—" if value is None else str(value)
        return text if not width else f"{text[:width]:<{width}}"

    lines = [" ".join(f"{title:<{width}}" if width else title for _, title, width in COLUMNS)]
    lines += [" ".join(cell(row, name, width) for name, _, width in COLUMNS).rstrip() for row in rows]
    scores = [row["score"] for row in rows if row["score"] is not None]
    mean = sum(scores) / len(scores) if scores else 0
    lines.append(f"{len({row['call'] for row in rows})} llamadas · {len(scores)} auditorías · promedio {mean:.1f} · "
                 f"{sum(row['review'] for row in rows)} por revisar")
    return "\n".join(lines) + "\n"


def play_day(server, pbx, day):
    """Everything up to the last audit; returns the rows and what the PBX says of its deliveries."""
    prepare(server, day)
    key = server.create_key("webhook:anura/default", name="pbx")
    reader = server.create_key("audits:read", "content:read", "recordings:listen", "admin", name="demo")
    summary = pbx.play(simulator.Target(url=f"http://{server.address[0]}:{server.address[1]}", key=key))
    wait_until_settled(server, reader)
    return rows_of(server, reader), summary, reader


def open_day(port=0):
    """The PBX with its recordings, and a server that may fetch them; nothing is started yet."""
    day = simulator.load_day(simulator.DAY)
    pbx = simulator.Simulator(day, port=port)
    return day, pbx


def server_for(pbx, listen="127.0.0.1:0"):
    account = "OIDOR_ACCOUNTS_ANURA_DEFAULT_"
    return harness.Server(listen=listen, env={
        account + "PRIVATE_HOSTS": f"127.0.0.1:{pbx.port}",
        # A real PBX gets a day; this one is asked for some seconds.
        account + "RECORDING_RETRY_DELAYS": "500ms, 1s", account + "RECORDING_GIVE_UP_AFTER": "6s"})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--once", action="store_true", help="end when the table is printed")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON lines")
    arguments = parser.parse_args()
    day, pbx = open_day()
    with pbx, server_for(pbx, "127.0.0.1:0" if arguments.once else "127.0.0.1:8080") as server:
        say(f"Un día de {len(day['calls'])} llamadas de una central Anura simulada · a day of calls")
        rows, summary, _ = play_day(server, pbx, day)
        say(f"{summary.events} eventos, {summary.acknowledged} confirmados · events, acknowledged")
        if arguments.json:
            for row in rows:
                print(json.dumps(row, ensure_ascii=False))
        else:
            print(format_table(rows), end="", flush=True)
        if not arguments.once:
            link = must(server.cli("keys", "link", "demo"), "keys link").stdout.decode().strip()
            say(f"La página · the page: http://{server.address[0]}:{server.address[1]}{link}\nCtrl+C para terminar · to stop")
            try:
                while server.process.poll() is None:
                    time.sleep(0.5)
            except KeyboardInterrupt:
                say("")


if __name__ == "__main__":
    main()
