"""The server under test: its files in a folder of its own, on free ports, ended by its process id.

    with Server(directory, zones=[data("static.example.yaml")]) as server:
        answer = server.ask("www.static.example", "A")
"""

import os
import pathlib
import shutil
import socket
import struct
import subprocess

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rdataclass
import dns.rdatatype
from lab import LabError, Processes, find_isochrone, wait_until
from ports import free_ports

DATA = pathlib.Path(__file__).resolve().with_name("data")


def subnet_option(text, source=None):
    """ECS as RFC 7871 §6 wants it, from a prefix."""
    address, _, length = text.partition("/")
    return dns.edns.ECSOption(address, int(source if source is not None else length), 0)


def option_of(answer, number):
    """The one option of that number in an answer, or None."""
    found = [option for option in answer.options if option.otype == number]
    assert len(found) <= 1, f"option {number} stands {len(found)} times"
    return found[0] if found else None


class Server:
    def __init__(self, directory, zones, probes=("probes.yaml", "latency.csv"), node=None, replace=(), wrap=(),
                 name="test"):
        """`zones`, `probes`: names of files in data/. `node`: further keys of isochrone.yaml, as YAML text.
        `replace`: pairs of texts, replaced in every file that is copied. `wrap`: a command that runs the program."""
        self.directory = pathlib.Path(directory)
        self.port, self.admin_port = free_ports(2)
        self.config = self.directory / "isochrone.yaml"
        for folder, names in (("zones", zones), ("probes", probes)):
            (self.directory / folder).mkdir(parents=True, exist_ok=True)
            for name in names:
                text = (DATA / name).read_text()
                for old, new in replace:
                    text = text.replace(old, new)
                (self.directory / folder / name).write_text(text)
        self.config.write_text(
            f'node: {name}\nlisten: ["127.0.0.1:{self.port}", "[::1]:{self.port}"]\nadmin: 127.0.0.1:{self.admin_port}\n'
            f"zones: zones\nprobes: probes\nstate: state\nnsid: test-node\nworkers: 2\n{node or ''}")
        self.processes = Processes(self.directory)
        self.process = None
        self.wrap = list(wrap)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        program = find_isochrone()
        log = f"log_path={self.directory}/sanitizer"
        environment = os.environ | {"ASAN_OPTIONS": f"{log}:handle_sigill=1", "UBSAN_OPTIONS": f"{log}:print_stacktrace=1",
                                    "TSAN_OPTIONS": log}
        self.process = self.processes.launch([*self.wrap, program, "serve", "--config", self.config], "isochrone", env=environment)
        wait_until(self._ready, 30, "the server to be ready")

    def _ready(self):
        if not self.process.running():
            raise LabError(f"the server ended with {self.process.popen.returncode}:\n{self.process.text()[-4000:]}")
        try:
            self.exchange(dns.message.make_query("ready.invalid", "A"), timeout=0.5)
            socket.create_connection(("127.0.0.1", self.admin_port), timeout=1).close()
            return True
        except (dns.exception.Timeout, OSError):
            return False

    def stop(self):
        """Ends it, and fails where it did not end well or a sanitizer had something to say."""
        status = self.process.end()
        reports = "".join(path.read_text() for path in self.directory.glob("sanitizer.*"))
        assert not reports, reports
        assert status == 0, f"the server ended with {status}:\n{self.process.text()[-4000:]}"

    # Asking.

    def exchange(self, query, tcp=False, timeout=5, address="127.0.0.1"):
        ask = dns.query.tcp if tcp else dns.query.udp
        return ask(query, address, timeout=timeout, port=self.port)

    def ask(self, name, rrtype="A", *, subnet=None, options=(), tcp=False, edns=True, payload=1232, rrclass="IN", flags=None,
            address="127.0.0.1", **settings):
        options = [*options, *([subnet_option(subnet)] if subnet else [])]
        query = dns.message.make_query(name, rrtype, rrclass, use_edns=0 if edns else False,
                                       payload=payload, options=options or None, **settings)
        if flags is not None:
            query.flags = flags
        return self.exchange(query, tcp, address=address)

    def raw(self, octets, timeout=5):
        """One datagram; its answer's octets, or None where there was none."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as talker:
            talker.settimeout(timeout)
            talker.connect(("127.0.0.1", self.port))
            talker.send(octets)
            try:
                return talker.recv(65535)
            except TimeoutError:
                return None

    def unanswered(self, octets):
        """True where the datagram gets no answer, though one sent after it does: no waiting for silence."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as talker:
            talker.settimeout(5)
            talker.connect(("127.0.0.1", self.port))
            talker.send(octets)
            probe = dns.message.make_query("ready.invalid", "A")
            talker.send(probe.to_wire())
            return talker.recv(65535)[:2] == struct.pack("!H", probe.id)

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def dig(self, *arguments):
        return run(["dig", "@127.0.0.1", "-p", str(self.port), "+tries=1", "+timeout=5", *arguments])

    def isochrone(self, *arguments):
        return subprocess.run([find_isochrone(), *arguments, "--config", self.config], capture_output=True, text=True,
                              timeout=60, check=False)

    def metrics(self):
        """{series: value} of /metrics."""
        return metrics_at(f"http://127.0.0.1:{self.admin_port}/metrics")


def metrics_at(*address):
    """{series: value}; `address` is curl's, with options before it."""
    text = run(["curl", "-sS", "--max-time", "5", *address])
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1])
            for line in text.splitlines() if line and not line.startswith("#")}


def run(arguments):
    done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def read_tcp(connection, count):
    """`count` answers, each behind its length (RFC 1035 §4.2.2)."""
    stream = connection.makefile("rb")
    answers = []
    for _ in range(count):
        head = stream.read(2)
        assert len(head) == 2, f"the connection ended after {len(answers)} answers"
        answers.append(dns.message.from_wire(stream.read(struct.unpack("!H", head)[0])))
    return answers


def framed(query):
    wire = query.to_wire() if isinstance(query, dns.message.Message) else query
    return struct.pack("!H", len(wire)) + wire


def rrset(answer, section, name, rrtype):
    """The presentation-format data of an RRset in a section, sorted; [] where it is not there."""
    found = answer.get_rrset(section, dns.name.from_text(name), dns.rdataclass.IN, dns.rdatatype.from_text(rrtype))
    return sorted(rdata.to_text() for rdata in found) if found else []


def have(program):
    return shutil.which(program) is not None
