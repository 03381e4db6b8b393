"""A cluster on loopback: one etcd, and as many nodes as asked for.

    with Cluster(directory, ["ns1", "ns2"]) as cluster:
        cluster.push("-m", "first")
        cluster.start()
"""

import contextlib
import json
import pathlib
import select
import socket
import subprocess
import threading

from lab import Processes, find_isochrone, wait_until
from ports import free_ports
from server import DATA, Server


class Etcd:
    """One member, its data in a folder that outlives a restart."""

    def __init__(self, directory, processes, options=(), trust=()):
        """`trust`: curl's options for an etcd behind TLS."""
        self.directory, self.processes, self.options, self.trust = pathlib.Path(directory), processes, list(options), list(trust)
        self.port, self.peer = free_ports(2)
        self.url = f"http{'s' if trust else ''}://127.0.0.1:{self.port}"
        self.process = None

    def start(self):
        peer = f"http://127.0.0.1:{self.peer}"
        self.process = self.processes.launch(
            ["etcd", "--name", "e1", "--data-dir", self.directory / "etcd", "--listen-client-urls", self.url, "--advertise-client-urls", self.url,
             "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", f"e1={peer}", *self.options], "etcd")
        wait_until(lambda: self._ask("/v3/maintenance/status", "{}").returncode == 0, 20, "etcd to answer")

    def _ask(self, path, body):
        return subprocess.run(["curl", "-sSf", "--max-time", "3", *self.trust, self.url + path, "-d", body], capture_output=True, text=True, check=False)

    def ask(self, path, body):
        done = self._ask(path, json.dumps(body))
        assert done.returncode == 0, done.stderr + done.stdout
        return json.loads(done.stdout)

    def stop(self):
        self.process.end()


class Swallower:
    """Stands before an etcd and passes everything on, but the answers to one kind of request: then it hangs up, or just hangs."""

    def __init__(self, port, path, hangs=False):
        self.port, self.path, self.hangs, self.swallowed = port, path.encode(), hangs, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def __enter__(self):
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self._pass_on, args=(self.listener.accept()[0],), daemon=True).start()

    def _pass_on(self, client):
        with client, socket.create_connection(("127.0.0.1", self.port)) as etcd, contextlib.suppress(OSError):
            is_doomed = False
            while True:
                for ready in select.select([client, etcd], [], [])[0]:
                    octets = ready.recv(65536)
                    is_doomed |= ready is client and self.path in octets
                    if ready is etcd and is_doomed:
                        self.swallowed += 1
                        if self.hangs:
                            client.recv(1)  # until the other end has enough of it
                        return
                    if not octets:
                        return
                    (etcd if ready is client else client).sendall(octets)


class Cluster:
    def __init__(self, directory, names, zones=("steered.example.yaml", "steered.example.zone"), probes=("probes.yaml", "latency.csv"), regions=None,
                 cluster="", etcd_options=(), etcd_trust=(), node=""):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.processes = Processes(self.directory)
        self.etcd = Etcd(self.directory, self.processes, etcd_options, etcd_trust)
        self.cluster_yaml = f"cluster: {{name: prod, etcd: [\"{self.etcd.url}\"]{cluster}}}\n"
        self.files = self.directory / "operator"
        for folder, listed in (("zones", zones), ("probes", probes)):
            (self.files / folder).mkdir(parents=True)
            for name in listed:
                (self.files / folder / name).write_text((DATA / name).read_text())
        (self.files / "isochrone.yaml").write_text(
            f'node: operator\nlisten: ["127.0.0.1:5300"]\nzones: zones\nprobes: probes\nstate: state\n{self.cluster_yaml}')
        self.nodes = []
        for name in names:
            region = f"region: {regions[name]}\n" if regions else ""
            self.nodes.append(Server(self.directory / name, [], [], node=self.cluster_yaml + region + node, name=name))
        self.running = []

    def __enter__(self):
        self.etcd.start()
        return self

    def __exit__(self, *_):
        for node in self.running:
            if node.process.running():
                node.stop()
        self.processes.end_all()

    def start(self, *nodes):
        for node in nodes or self.nodes:
            node.start()
            self.running.append(node)

    def isochrone(self, *arguments):
        return subprocess.run([find_isochrone(), *arguments, "--config", self.files / "isochrone.yaml"], capture_output=True, text=True, timeout=60,
                              check=False)

    def push(self, *arguments, status=0):
        done = self.isochrone("push", *arguments)
        assert done.returncode == status, done.stdout + done.stderr
        return done

    def edit(self, name, *pairs):
        path = self.files / name
        text = path.read_text()
        for old, new in pairs:
            assert old in text, old
            text = text.replace(old, new)
        path.write_text(text)


def status_of(node):
    done = node.isochrone("status", "--json")
    assert done.returncode in (0, 1), done.stderr  # 1: the last load failed
    return json.loads(done.stdout)
