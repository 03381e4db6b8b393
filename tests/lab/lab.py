"""A simulated WAN and the processes in it.

    with Lab(places(["tokyo", "paris"]), {("tokyo", "paris"): 230}, directory) as lab:
        lab.start("paris", ["unbound", "-d", "-c", config])
        lab.run_at("tokyo", ["dig", "@198.18.2.1", "example"])
        lab.cut("tokyo", "paris")

Times are milliseconds of a round trip, shares are percent of round trips. Whatever was started is ended, by its process
id, when the lab closes; the WAN takes its namespaces away when its input ends, so also when this process is killed.
"""

import contextlib
import ctypes
import ipaddress
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None, use_errno=True)


class LabError(Exception):
    """The lab itself failed: not what was being tested."""


@dataclass(frozen=True)
class Place:
    name: str
    v4: ipaddress.IPv4Network
    v6: ipaddress.IPv6Network

    def address(self, number=1, family=4):
        """The number-th address of the place's network; 1 is the one its packets come from."""
        return str((self.v4 if family == 4 else self.v6)[number])


def places(names):
    """Each name with a /24 of 198.18.0.0/15 (RFC 2544: nobody's) and a /48 of 2001:db8::/32."""
    return [Place(name, ipaddress.ip_network(f"198.18.{i}.0/24"), ipaddress.ip_network(f"2001:db8:{i:x}::/48"))
            for i, name in enumerate(names, start=1)]


def find_program(variable, *relative):
    """The program an environment variable names, else the newest one a build directory holds; None where there is none."""
    if variable in os.environ:
        return pathlib.Path(os.environ[variable]).resolve()
    built = [p for path in relative for p in ROOT.glob(f"build*/{path}")]
    return max(built, key=lambda p: p.stat().st_mtime, default=None)


def find_isochrone():
    return find_program("ISOCHRONE_BIN", "src/cli/isochrone", "*/src/cli/isochrone")


def find_wan():
    return find_program("ISOCHRONE_WAN", "tests/lab/isochrone-wan", "*/tests/lab/isochrone-wan")


def why_not():
    """Why a lab cannot run here, in a few words; None where it can."""
    if os.geteuid() != 0:
        return "a simulated WAN needs root"
    if shutil.which("ip") is None:
        return "a simulated WAN needs iproute2's ip"
    try:
        os.close(os.open("/dev/net/tun", os.O_RDWR))
    except OSError as error:
        return f"a simulated WAN needs /dev/net/tun: {error.strerror}"
    name = f"isotry-{os.getpid()}"
    if subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False).returncode != 0:
        return "a simulated WAN needs to make network namespaces"
    subprocess.run(["ip", "netns", "del", name], check=True)
    return None


def wait_until(condition, timeout, what, every=0.05):
    """The condition's first true value; a LabError that names `what` where `timeout` seconds bring none."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise LabError(f"not within {timeout:g} s: {what}")
        time.sleep(every)


def die_with_parent():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Process:
    """A program that runs in a place until it is ended. Its output is in `log`."""

    def __init__(self, popen, name, log):
        self.popen, self.name, self.log = popen, name, log

    @property
    def pid(self):
        return self.popen.pid

    def running(self):
        return self.popen.poll() is None

    def text(self):
        return self.log.read_text(errors="replace")

    def wait_for_text(self, text, timeout=20):
        def seen():
            if not self.running():
                raise LabError(f"{self.name} ended with {self.popen.returncode}:\n{self.text()[-2000:]}")
            return text in self.text()
        wait_until(seen, timeout, f"{self.name} to say '{text}':\n{self.text()[-2000:]}")

    def end_by_itself(self, timeout):
        """Its exit status, once it has ended; a LabError where it has not in `timeout` seconds."""
        try:
            return self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            raise LabError(f"{self.name} has not ended within {timeout:g} s:\n{self.text()[-2000:]}") from None

    def end(self, sig=signal.SIGTERM, timeout=10):
        """Its exit status. Killed where it does not heed `sig` in time."""
        if self.running():
            self.popen.send_signal(sig)
        try:
            return self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            return self.popen.wait()


class Processes:
    """Programs that are ended, by their process ids and in reverse order, together. Their output is in `directory`."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.processes = []

    def launch(self, arguments, name, **options):
        log = self.directory / f"{name}.log"
        with log.open("ab") as out:
            # A session of its own: a Ctrl-C at the terminal is for us, who then end things in order.
            popen = subprocess.Popen([str(a) for a in arguments], stdin=subprocess.DEVNULL, stdout=out,
                                     stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=die_with_parent,
                                     **options)
        process = Process(popen, name, log)
        self.processes.append(process)
        return process

    @staticmethod
    def run(arguments, timeout=30):
        """A program run to its end; its output is captured as text."""
        return subprocess.run([str(a) for a in arguments], timeout=timeout, capture_output=True, text=True, check=False,
                              start_new_session=True)

    def ended(self):
        """Those that have ended by themselves with an error, each with its last words."""
        return [f"{p.name} ended with {p.popen.returncode}: {(p.text().strip().splitlines() or [''])[-1]}"
                for p in self.processes if not p.running() and p.popen.returncode > 0]

    def end_all(self):
        for process in reversed(self.processes):
            if process.running():
                process.popen.terminate()
        for process in reversed(self.processes):
            process.end()


class Lab(Processes):
    def __init__(self, members, rtt, directory):
        super().__init__(directory)
        self.places = {place.name: place for place in members}
        self.rtt_ms = dict(rtt)
        self.wan = None

    def __enter__(self):
        program = find_wan()
        if program is None:
            raise LabError("isochrone-wan is not built")
        table, matrix = self.directory / "places.csv", self.directory / "rtt.csv"
        table.write_text("place,ipv4,ipv6\n" + "".join(f"{p.name},{p.v4},{p.v6}\n" for p in self.places.values()))
        matrix.write_text("source,destination,rtt_ms\n" +
                          "".join(f"{a},{b},{ms}\n" for (a, b), ms in self.rtt_ms.items()))
        self.socket = self.directory / "wan.sock"
        self.wan = subprocess.Popen([program, table, matrix, self.socket], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                    text=True, bufsize=1, start_new_session=True)
        ready = self._hear(30)
        if not ready.startswith("ready "):
            self.__exit__(None, None, None)
            raise LabError("isochrone-wan did not start")
        self.wan_pid = int(ready.split()[1])
        return self

    def __exit__(self, *_):
        self.end_all()
        if self.wan is not None:
            with contextlib.suppress(BrokenPipeError):
                self.wan.stdin.close()
            try:
                self.wan.wait(30)
            except subprocess.TimeoutExpired:
                self.wan.terminate()
                self.wan.wait()
            self.wan.stdout.close()

    # The weather. "*" as the second place: every other.

    def _hear(self, timeout):
        if not select.select([self.wan.stdout], [], [], timeout)[0]:
            raise LabError("isochrone-wan does not answer")
        return self.wan.stdout.readline().strip()

    def command(self, line):
        self.wan.stdin.write(line + "\n")
        answer = self._hear(10)
        if not answer or answer.startswith("error"):
            raise LabError(f"isochrone-wan: {line}: {answer or 'it has ended'}")
        return answer

    def rtt(self, a, b, ms):
        self.command(f"rtt {a} {b} {ms}")

    def jitter(self, a, b, ms):
        self.command(f"jitter {a} {b} {ms}")

    def loss(self, a, b, percent):
        self.command(f"loss {a} {b} {percent}")

    def spike(self, a, b, percent, ms):
        self.command(f"spike {a} {b} {percent} {ms}")

    def cut(self, a, b=""):
        self.command(f"cut {a} {b}")

    def heal(self, a="", b=""):
        self.command(f"heal {a} {b}")

    def stat(self, reset=False):
        return json.loads(self.command("stat reset" if reset else "stat"))

    # Processes.

    def namespace(self, place):
        return f"isowan-{self.wan_pid}-{self.places[place].name}"

    def inside(self, place, arguments):
        return ["ip", "netns", "exec", self.namespace(place), *map(str, arguments)]

    def run_at(self, place, arguments, timeout=30):
        return self.run(self.inside(place, arguments), timeout)

    def start(self, place, arguments, name=None, **options):
        """A program in a place until it is ended."""
        return self.launch(self.inside(place, arguments), name or f"{place}-{pathlib.Path(arguments[0]).name}", **options)

    @contextlib.contextmanager
    def at(self, place):
        """This thread in a place: sockets made within are the place's, and stay so. Not to be nested."""
        with open("/proc/thread-self/ns/net", "rb") as home, \
                open(f"/run/netns/{self.namespace(place)}", "rb") as there:
            self._move(there)
            try:
                yield self.places[place]
            finally:
                self._move(home)

    @staticmethod
    def _move(namespace):
        if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
            raise LabError(f"setns: {os.strerror(ctypes.get_errno())}")
