"""The WAN itself: what a kernel measures across it is what was asked for, and it leaves nothing behind."""

import os
import signal
import socket
import statistics
import struct
import subprocess
import sys

import pytest
from lab import Lab, LabError, places, wait_until

RTT = {("seattle", "paris"): 142, ("seattle", "tokyo"): 100, ("paris", "tokyo"): 233}
MEMBERS = places(["seattle", "paris", "tokyo"])
TCPI_RTT_OFFSET = 68  # struct tcp_info, linux/tcp.h: microseconds


@pytest.fixture(name="lab", scope="module")
def one_lab(tmp_path_factory):
    with Lab(MEMBERS, RTT, tmp_path_factory.mktemp("wan")) as lab:
        yield lab
    assert lab.wan.returncode == 0


@pytest.fixture(autouse=True)
def fair_weather(lab):
    lab.heal()
    for (a, b), ms in RTT.items():
        lab.rtt(a, b, ms)


def listen(lab, place, family):
    with lab.at(place):
        listener = socket.create_server(
            (lab.places[place].address(7, family), 9000), family=socket.AF_INET6 if family == 6 else socket.AF_INET)
    listener.settimeout(5)
    return listener


def connect_rtt(lab, a, b, family=4, timeout=5):
    """Milliseconds that the kernel saw between a SYN and its answer; None where there was none."""
    with listen(lab, b, family) as listener, lab.at(a):
        try:
            with socket.create_connection(listener.getsockname()[:2], timeout=timeout) as connection:
                info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
                return struct.unpack_from("I", info, TCPI_RTT_OFFSET)[0] / 1000
        except TimeoutError:
            return None


def assert_near(measured, ms):
    assert ms - 0.1 <= measured <= ms * 1.02 + 1


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("pair", RTT)
def test_the_kernel_measures_the_matrix(lab, pair, family):
    assert_near(statistics.median(connect_rtt(lab, *pair, family) for _ in range(3)), RTT[pair])


def test_a_change_takes_effect_at_once(lab):
    lab.rtt("seattle", "paris", 38)
    assert_near(connect_rtt(lab, "paris", "seattle"), 38)
    lab.rtt("seattle", "paris", 120)
    assert_near(connect_rtt(lab, "seattle", "paris"), 120)


def test_a_cut_pair_and_a_dead_place(lab):
    lab.cut("seattle", "paris")
    assert connect_rtt(lab, "seattle", "paris", timeout=0.5) is None
    assert_near(connect_rtt(lab, "seattle", "tokyo"), 100)
    lab.cut("tokyo")
    assert connect_rtt(lab, "seattle", "tokyo", timeout=0.5) is None
    lab.heal()
    assert_near(connect_rtt(lab, "seattle", "tokyo"), 100)


def test_jitter_stays_within_its_range(lab):
    lab.rtt("seattle", "paris", 20)
    lab.jitter("seattle", "paris", 30)
    measured = [connect_rtt(lab, "seattle", "paris") for _ in range(12)]
    assert min(measured) >= 19.9 and max(measured) <= 52
    assert max(measured) - min(measured) > 2


def test_datagrams_arrive_in_order(lab):
    lab.rtt("seattle", "paris", 10)
    lab.jitter("seattle", "paris", 20)
    with lab.at("paris"):
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        receiver.bind((lab.places["paris"].address(), 9001))
        receiver.settimeout(5)
    with lab.at("seattle"):
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with receiver, sender:
        for number in range(200):
            sender.sendto(struct.pack("!I", number), receiver.getsockname())
        assert [struct.unpack("!I", receiver.recv(16))[0] for _ in range(200)] == list(range(200))


def test_commands_also_come_over_the_socket(lab):
    with socket.socket(socket.AF_UNIX) as talker:
        talker.connect(str(lab.socket))
        talker.sendall(b"rtt seattle paris 5\nshow seattle paris\nfly\n")
        answers = talker.makefile()
        assert answers.readline() == "ok\n"
        assert '"rtt_ms": 5' in answers.readline()
        assert answers.readline().startswith("error: unknown command 'fly'")


def test_a_mistaken_command_is_an_error(lab):
    with pytest.raises(LabError, match="no place 'oslo'"):
        lab.cut("oslo")


def test_packets_are_released_on_time(lab):
    lab.stat(reset=True)
    for _ in range(10):
        connect_rtt(lab, "seattle", "tokyo")
    assert lab.stat()["late_us"]["p50"] <= 500


def namespaces_of(pid):
    return [name for name in os.listdir("/run/netns") if name.startswith(f"isowan-{pid}-")]


def test_nothing_is_left(tmp_path):
    with Lab(MEMBERS, RTT, tmp_path) as lab:
        sleeper = lab.start("paris", ["sleep", "1000"])
        assert len(namespaces_of(lab.wan_pid)) == 3
    assert not sleeper.running()
    assert namespaces_of(lab.wan_pid) == []
    assert not lab.socket.exists()


def has_ended(pid):
    """Gone, or a zombie: in a container the first process may be one that reaps nobody."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_the_wan_ends_with_the_one_who_started_it(tmp_path):
    script = ("import sys, time; sys.path.insert(0, sys.argv[1]); import lab; "
              "l = lab.Lab(lab.places(['a', 'b']), {('a', 'b'): 5}, sys.argv[2]).__enter__(); "
              "l.start('a', ['sleep', '1000']); print(l.wan_pid, l.processes[0].pid, flush=True); time.sleep(1000)")
    parent = subprocess.Popen([sys.executable, "-c", script, os.path.dirname(__file__), tmp_path], stdout=subprocess.PIPE,
                              text=True)
    wan, sleeper = map(int, parent.stdout.readline().split())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    wait_until(lambda: has_ended(wan), 20, "the WAN to end")
    wait_until(lambda: has_ended(sleeper), 20, "the process in a place to end")
    assert namespaces_of(wan) == []


def test_a_killed_wan_is_tidied_up_by_the_next(tmp_path):
    killed = Lab(MEMBERS, RTT, tmp_path / "killed").__enter__()
    killed.wan.kill()
    killed.wan.wait()
    assert len(namespaces_of(killed.wan_pid)) == 3
    with Lab(MEMBERS, RTT, tmp_path / "next"):
        assert namespaces_of(killed.wan_pid) == []
    killed.__exit__(None, None, None)
