"""The guard over addresses that come from outside: for each door through which a URL comes in, each way to an address
inside is refused, though its host is on the account's list. A library laid under the program answers its name lookups,
writes down each connection, and refuses those that would leave this computer."""

import json
import pathlib
import subprocess
import tempfile
import unittest

import harness
from test_net2phone import SECRET, simulator
from webhook_case import Files, WebhookCase, event, new_id

# Hosts as a URL may spell them. All of them are on the lists of hosts, where a list takes them at all.
SPELLINGS = (
    # loopback, this network, private, shared (CGNAT), link-local and metadata, special, multicast, reserved
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "100.64.0.1", "100.127.255.255", "169.254.169.254", "192.0.0.8", "192.0.2.1", "192.88.99.1", "198.18.0.1",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    # decimal, octal, hexadecimal, short, padded, mixed
    "2130706433", "017700000001", "0x7f000001", "0177.0.0.1", "0x7f.0.0.1", "127.1", "127.0.1", "0x7f.1", "0",
    "127.0.0.01", "127.0.0.1.", "00000177.0.0.1", "4294967297", "%31%32%37.0.0.1",
    # IPv6: loopback, unspecified, mapped, compatible, NAT64, 6to4, Teredo, unique local, link-local, site, multicast
    "[::1]", "[0:0:0:0:0:0:0:1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:10.0.0.1]", "[::127.0.0.1]",
    "[64:ff9b::7f00:1]", "[64:ff9b::169.254.169.254]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2002:a00:1::1]",
    "[2001:0:7f00:1::]", "[fd00::1]", "[fc00::1]", "[fe80::1]", "[fe80::1%25lo]", "[fec0::1]", "[ff02::1]",
    "[2001:db8::1]", "[100::1]",
    # who the host is, and who only looks like it
    "inside.guard.test@127.0.0.1", "127.0.0.1\\@inside.guard.test", "127.0.0.1#inside.guard.test")
# Names on the lists, and what their lookups answer: one list of addresses after the other, the last one for ever.
PUBLIC = "8.8.8.8"
NAMES = {
    "inside": (["127.0.0.1"],), "home": (["192.168.0.10"],), "cloud": (["169.254.169.254"],), "cgnat": (["100.64.0.9"],),
    "zero": (["0.0.0.0"],), "six": (["::1"],), "mapped": (["::ffff:127.0.0.1"],), "nat64": (["64:ff9b::7f00:1"],),
    "sixtofour": (["2002:7f00:1::1"],), "local": (["fd00::1"],), "link": (["fe80::1"],),
    # rebinding: a public address beside a private one, and one that turns between two lookups
    "mixed": ([PUBLIC, "127.0.0.1", "::1"],), "turning": ([PUBLIC], ["127.0.0.1"])}
REBINDING = {"mixed", "turning"}

SHIM = r"""
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
static struct { const char *name, *turns[3]; int asked; } names[] = { %s };
static void say(const char *what, const char *who, int port) {
    char line[400];
    int size = snprintf(line, sizeof line, "%%s %%s %%d\n", what, who, port);
    int log = open(LOG, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (log >= 0) { if (write(log, line, size) != size) {} close(log); }
}
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) = dlsym(RTLD_NEXT, "getaddrinfo");
    for (unsigned i = 0; node && i < sizeof names / sizeof *names; ++i) {
        if (strcmp(node, names[i].name)) continue;
        int turn = __sync_fetch_and_add(&names[i].asked, 1);
        while (turn > 0 && (turn > 2 || !names[i].turns[turn])) --turn;
        char all[200];
        strcpy(all, names[i].turns[turn]);
        say("lookup", node, turn);
        *found = 0;
        struct addrinfo **end = found, numeric = {0};
        if (hints) numeric = *hints;
        numeric.ai_flags = AI_NUMERICHOST;
        numeric.ai_family = AF_UNSPEC;
        char *rest = all, *one;
        while ((one = strsep(&rest, ","))) {
            if (real(one, service, &numeric, end)) return EAI_FAIL;
            while (*end) end = &(*end)->ai_next;
        }
        return 0;
    }
    return real(node, service, hints, found);
}
int connect(int socket, const struct sockaddr *address, socklen_t size) {
    int (*real)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "connect");
    char text[64] = "";
    int port = 0;
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)address;
        inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text), port = ntohs(v4->sin_port);
    } else if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)address;
        inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text), port = ntohs(v6->sin6_port);
    } else {
        return real(socket, address, size);
    }
    say("connect", text, port);
    if (strcmp(text, "127.0.0.1")) { errno = ECONNREFUSED; return -1; }
    return real(socket, address, size);
}
"""


def build_shim(folder):
    rows = ", ".join('{"%s.guard.test", {%s}}' % (name, ", ".join('"%s"' % ",".join(turn) for turn in turns))
                     for name, turns in NAMES.items())
    source, library = folder / "shim.c", folder / "shim.so"
    source.write_text(f'#define LOG "{folder}/log"\n' + SHIM % rows, "utf-8")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


class Guard(WebhookCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="oidor-guard-")
        cls.addClassCleanup(folder.cleanup)
        cls.log = pathlib.Path(folder.name) / "log"
        cls.files_of_uploads = Files()
        cls.addClassCleanup(cls.files_of_uploads.close)
        listed = [".guard.test", *(host for host in SPELLINGS if not set("%\\@#") & set(host) and not host.endswith("."))]
        file, net2phone = "OIDOR_ACCOUNTS_FILE_DEFAULT_", "OIDOR_ACCOUNTS_NET2PHONE_DEFAULT_"
        cls.files_of_net2phone = Files()
        cls.addClassCleanup(cls.files_of_net2phone.close)
        cls.more_env = {net2phone + "RECORDING_HOSTS": ", ".join(listed), net2phone + "SECRET": SECRET,
                        net2phone + "PRIVATE_HOSTS": f"127.0.0.1:{cls.files_of_net2phone.port}",
                        net2phone + "RECORDING_RETRY_DELAYS": "100ms, 300ms",
                        net2phone + "RECORDING_GIVE_UP_AFTER": "2s","LD_PRELOAD": str(build_shim(pathlib.Path(folder.name))),
                        "OIDOR_ACCOUNTS_ANURA_DEFAULT_RECORDING_HOSTS": ", ".join(listed),
                        file + "RECORDING_HOSTS": ", ".join(listed),
                        file + "PRIVATE_HOSTS": f"127.0.0.1:{cls.files_of_uploads.port}",
                        file + "RECORDING_RETRY_DELAYS": "100ms, 300ms", file + "RECORDING_GIVE_UP_AFTER": "2s"}
        super().setUpClass()
        cls.uploader = cls.server.create_key("webhook:file/default")
        cls.net2phone = simulator.Simulator("none")
        cls.target = simulator.Target("http://%s:%d" % tuple(cls.server.address), SECRET)

    # The doors. Each is given a URL and says, later, what became of its recording.
    def by_webhook(self, url, trigger="END", member="audio_file_mp3"):
        cdrid = new_id()
        self.accept(event(cdrid, trigger=trigger, wasrecorded="true", **{member: url}))
        return lambda: [row for item in self.conversations(cdrid) for row in item["recordings"]]

    def by_recording_event(self, url):
        return self.by_webhook(url, trigger="RECORDING", member="audio_file_wav")

    def by_upload(self, url):
        answer = self.server.post("/upload/from-url", {"url": url}, headers={"X-API-Key": self.uploader})
        if answer.status == 422:
            return lambda: [{"state": "failed", "reason": "address_refused"}]
        self.assertEqual(answer.status, 200, answer)
        path = "/api/v1/conversations/" + answer.json()["task_id"]
        return lambda: self.server.get(path, key=self.reader).json()["recordings"]

    def by_net2phone(self, url):
        call = new_id()
        recorded = {**self.net2phone.events_of(call)[-1], "recording_url": url}
        self.assertEqual(self.net2phone.send(self.target, recorded)[0], 200)
        return lambda: [row for item in self.conversations(call) for row in item["recordings"]]

    def by_net2phone_link(self, url):
        """The recording's address is fine; it answers with a link."""
        path = f"/{new_id()}{simulator.MARKER}"
        return self.by_net2phone(self.files_of_net2phone.put(
            path, (200, "application/json", json.dumps({"url": url}).encode())))

    DOORS = (("webhook", by_webhook), ("recording event", by_recording_event), ("upload", by_upload),
             ("net2phone", by_net2phone), ("link of net2phone", by_net2phone_link))

    def files_of(self, door):
        return self.files_of_uploads if door == "upload" else self.files_of_net2phone if "net2phone" in door else self.files

    def refused(self, urls, may_be_missing=()):
        """Every door refuses every URL; `urls` makes one from a door's web server, and names it."""
        asked = []
        for door, send in self.DOORS:
            for name, url in urls(self.files_of(door), door):
                asked.append((door, name, send(self, url)))
        for door, name, recordings in asked:
            with self.subTest(door=door, url=name):
                found = harness.wait_until(
                    lambda r=recordings: next((row for row in r() if row["state"] in ("failed", "missing", "stored")), None),
                    30, "the recording to be judged", every=0.05)
                if name in may_be_missing and found["state"] == "missing":
                    continue
                self.assertEqual((found["state"], found["reason"]), ("failed", "address_refused"))
        self.assertEqual(self.connected() - self.allowed(), set())

    def connected(self):
        lines = self.log.read_text("ascii").splitlines() if self.log.exists() else []
        return {tuple(line.split()[1:]) for line in lines if line.startswith("connect ")}

    def allowed(self):
        files = (self.files, self.files_of_uploads, self.files_of_net2phone)
        return {(PUBLIC, "443"), *(("127.0.0.1", str(one.port)) for one in files)}

    def test_no_spelling_of_an_address_inside_is_fetched(self):
        self.refused(lambda files, door: [(host, f"https://{host}/x.wav") for host in SPELLINGS])

    def test_no_name_that_leads_inside_is_fetched_also_when_its_answers_change(self):
        self.refused(lambda files, door: [(name, f"https://{name}.guard.test/{door[0]}.wav") for name in NAMES],
                     may_be_missing=REBINDING)
        self.assertIn((PUBLIC, "443"), self.connected(), "the public address of the same name was tried")

    def test_no_redirect_leads_inside(self):
        hosts = (*SPELLINGS, *(f"{name}.guard.test" for name in NAMES if name not in REBINDING))

        def urls(files, door):
            return [(host, files.put(f"/{door.replace(' ', '-')}{index}.wav", (302, "text/plain", f"https://{host}/x.wav".encode())))
                    for index, host in enumerate(hosts)]
        self.refused(urls)
        self.assertIn(("127.0.0.1", str(self.files.port)), self.connected(), "the first hop was made")

    def test_a_private_host_of_one_account_is_not_anothers(self):
        anothers = {"webhook": self.files_of_uploads, "recording event": self.files_of_net2phone, "upload": self.files,
                    "net2phone": self.files, "link of net2phone": self.files_of_uploads}
        asked = [send(self, anothers[door].put("/mine.wav", (200, "audio/wav", b"x"))) for door, send in self.DOORS]
        for recordings in asked:
            harness.wait_until(lambda r=recordings: any(row["state"] == "failed" for row in r()), 30, "it to be refused")
        self.assertEqual(sum(files.asked["/mine.wav"] for files in anothers.values()), 0)


if __name__ == "__main__":
    unittest.main()
