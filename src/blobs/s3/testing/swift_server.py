#!/usr/bin/python3
"""OpenStack Swift with its S3 interface, all in one process: swift_server.py BUCKET. For tests.

Proxy, account, container and object server of Debian's python3-swift, on ports of 127.0.0.1 that the system chooses and
in a folder of its own below /var/tmp (Swift keeps what it knows of an object in extended attributes, which a memory
file system may lack). One device, one replica, no daemons. It is not its own word that counts here, but that other
people's code checks signatures, hashes and the rules of uploads in parts.

Keys: access key `test:tester`, secret `testing`, region `us-east-1`. It prints {"port": N} when it listens, and ends,
its folder with it, when its standard input does."""

import json
import os
import pathlib
import shutil
import sys
import tempfile
from array import array

import eventlet

eventlet.monkey_patch(all=False, socket=True, select=True, thread=True)
# pylint: disable=wrong-import-position
from eventlet import patcher, wsgi  # noqa: E402
from swift.account import server as account_server  # noqa: E402
from swift.common import storage_policy, utils  # noqa: E402
from swift.common.ring import RingData  # noqa: E402
from swift.common.swob import Request  # noqa: E402
from swift.common.wsgi import SwiftHttpProtocol, loadapp  # noqa: E402
from swift.container import server as container_server  # noqa: E402
from swift.obj import server as object_server  # noqa: E402
from swift.proxy import server as proxy_server  # noqa: E402

PROXY = """[DEFAULT]
swift_dir = {folder}
[pipeline:main]
pipeline = catch_errors s3api tempauth slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
storage_domain = localhost
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
"""


class Quiet:
    def write(self, *_):
        pass


class Memory:
    """What Swift's authentication asks of memcached."""

    def __init__(self):
        self.values = {}

    def get(self, key, *_, **__):
        return self.values.get(key)

    def set(self, key, value, *_, **__):
        self.values[key] = value

    def delete(self, key, *_, **__):
        self.values.pop(key, None)


def with_memory(app):
    memory = Memory()

    def answer(environ, start_response):
        environ["swift.cache"] = memory
        return app(environ, start_response)

    return answer


def listen():
    return eventlet.listen(("127.0.0.1", 0))


def serve(socket, app):
    eventlet.spawn(wsgi.server, socket, app, log=Quiet(), log_output=False, protocol=SwiftHttpProtocol, debug=False)


def save_ring(folder, name, port):
    device = {"id": 0, "zone": 0, "region": 1, "device": "sda", "ip": "127.0.0.1", "port": port, "weight": 1.0,
              "replication_ip": "127.0.0.1", "replication_port": port}
    RingData([array("H", [0, 0, 0, 0])], [device], 30).save(str(folder / f"{name}.ring.gz"))


def start(folder, bucket):
    """The port that the proxy listens on."""
    devices = folder / "devices"
    (devices / "sda").mkdir(parents=True)
    (folder / "swift.conf").write_text("[swift-hash]\nswift_hash_path_suffix = tests\n")
    utils.SWIFT_CONF_FILE = storage_policy.SWIFT_CONF_FILE = str(folder / "swift.conf")
    utils.validate_hash_conf()
    settings = {"devices": str(devices), "swift_dir": str(folder), "mount_check": "false"}
    for name, make in (("account", account_server.AccountController),
                       ("container", container_server.ContainerController),
                       ("object", object_server.ObjectController)):
        socket = listen()
        save_ring(folder, name, socket.getsockname()[1])
        serve(socket, make(settings))
    (folder / "proxy-server.conf").write_text(PROXY.format(folder=folder))
    socket = listen()
    serve(socket, with_memory(loadapp(str(folder / "proxy-server.conf"))))
    plain = proxy_server.Application({"swift_dir": str(folder), "account_autocreate": "true"})
    made = Request.blank(f"/v1/AUTH_test/{bucket}", method="PUT", headers={"Content-Length": "0"}).get_response(plain)
    if not made.is_success:
        raise SystemExit(f"the bucket could not be made: {made.status}")
    return socket.getsockname()[1]


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="oidor-swift-", dir="/var/tmp"))

    def end_with_input():
        while os.read(0, 4096):
            pass
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(0)  # The other threads are green ones and would go on.

    try:
        print(json.dumps({"port": start(folder, sys.argv[1])}), flush=True)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    patcher.original("threading").Thread(target=end_with_input, daemon=True).start()
    while True:
        eventlet.sleep(3600)


if __name__ == "__main__":
    main()
