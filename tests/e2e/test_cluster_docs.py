"""docs/cluster.md: what it tells a reader to do, done as written and in the page's order.

What is replaced: the three machines' addresses by three of loopback's, folders of the system by ones of the test, and a region by one of
the test's files. systemctl, and chown to the user that Debian's package makes, are left to the test, which starts and ends etcd itself.
"""

import json
import os
import shutil
import signal

import pytest
from cluster import status_of
from lab import ROOT, Processes, wait_until
from pages import Shell, blocks
from server import DATA, Server, rrset

PAGE = ROOT / "docs/cluster.md"
ZONE, ONLY4 = "zones/steered.example.yaml", "only4.steered.example"
FULL = "database space exceeded"

pytestmark = pytest.mark.skipif(shutil.which("etcd") is None or shutil.which("etcdctl") is None, reason="etcd or etcdctl is not installed")


class Story:
    """Three machines with etcd, three nodes, and the machine of an operator."""

    def __init__(self, folder):
        self.folder = folder
        number = os.getpid()
        self.net = f"127.{100 + number % 100}.{number // 100 % 250}."  # nobody else's, and of 10.0.0. in the page
        self.processes = Processes(folder / "processes")
        self.shell = Shell(folder / "operator", {"10.0.0.": self.net})
        self.members, self.nodes, self.back = {}, [], None  # the last: the page's block that goes back to a revision

    def machine(self, n):
        return self.folder / f"e{n}"

    def here(self, n, text):
        """A text of the page, as it is meant on the n-th machine."""
        for old, new in (("/etc/etcd", ""), ("/etc/default/etcd", "default"), ("/var/lib/etcd", "lib")):
            text = text.replace(old, str(self.machine(n) / new))
        return self.shell.meant(text)

    def install(self, n, defaults):
        """/etc/default/etcd of the first machine, made into that of the n-th, and its certificates where that names them."""
        lines = [line if line.startswith("ETCD_INITIAL_CLUSTER=") else line.replace("10.0.0.1", f"10.0.0.{n}").replace("=e1", f"=e{n}")
                 for line in defaults.splitlines()]
        self.machine(n).mkdir()
        (self.machine(n) / "default").write_text(self.here(n, "\n".join(lines)) + "\n")
        for source, target in ((f"e{n}.pem", "server.pem"), (f"e{n}.key", "server.key"), ("ca.pem", "ca.pem")):
            shutil.copy(self.shell.folder / source, self.machine(n) / target)

    def start_etcd(self):
        for n in (1, 2, 3):
            defaults = dict(line.split("=", 1) for line in (self.machine(n) / "default").read_text().splitlines())
            # All three come from 127.0.0.1 here, which no peer's certificate is for; between machines that is checked.
            own = {"ETCD_DATA_DIR": f"{self.machine(n)}/lib/default", "ETCD_QUOTA_BACKEND_BYTES": str(16 << 20),
                   "ETCD_EXPERIMENTAL_PEER_SKIP_CLIENT_SAN_VERIFICATION": "true"}
            environment = os.environ | defaults | own
            self.members[n] = self.processes.launch(["etcd"], f"etcd{n}", env=environment)

    def stop_etcd(self):
        for member in self.members.values():
            member.end(signal.SIGKILL)  # all at once: a leader that is asked to end looks for another one for seconds

    def make_node(self, n, yaml):
        """A node with the page's YAML, and what that names beside it."""
        node = self.shell.meant(yaml).replace("ns1", f"ns{n}").replace("westus2", "west")
        server = Server(self.folder / f"ns{n}", [], [], name=f"ns{n}", node=node)
        for name in ("ca.pem", "client.pem", "client.key", f"ns{n}.password"):
            shutil.copy(self.shell.folder / name, server.directory / name)
        self.nodes.append(server)

    def make_operator(self, yaml):
        """The files, and the page's `cluster:` with the operator's own user."""
        for folder, names in (("zones", ["steered.example.yaml", "steered.example.zone"]), ("probes", ["probes.yaml", "latency.csv"])):
            (self.shell.folder / folder).mkdir()
            for name in names:
                shutil.copy(DATA / name, self.shell.folder / folder / name)
        cluster = self.shell.meant(yaml).replace("ns1", "operator").replace("region: westus2\n", "")
        (self.shell.folder / "isochrone.yaml").write_text(
            f'node: operator\nlisten: ["127.0.0.1:5300"]\nzones: zones\nprobes: probes\nstate: state\n{cluster}')

    def edit(self, old, new):
        path = self.shell.folder / ZONE
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))

    def answers(self):
        """What each node gives one client."""
        found = [node.ask(ONLY4, "A", subnet="198.51.100.0/24") for node in self.nodes]
        return [rrset(answer, answer.answer, ONLY4, "A") for answer in found]

    def cluster_of(self, node):
        return status_of(node)["cluster"]

    def is_well(self):
        """All three nodes hear each other, and are of one mind."""
        alone = lambda node: len(self.cluster_of(node)["nodes"]) != 3
        return not any(alone(node) or node.isochrone("status", "--cluster").returncode != 0 for node in self.nodes)

    def end(self):
        for node in self.nodes:
            if node.process and node.process.running():
                node.stop()
        self.stop_etcd()


@pytest.fixture(name="story", scope="module")
def the_page_up_to_a_running_cluster(tmp_path_factory):
    """Steps 1 to 4: etcd with certificates and users, nodes, and a first push. The tests below go on from there, in their order."""
    story = Story(tmp_path_factory.mktemp("story"))
    try:
        certificates, defaults, asking = blocks(PAGE, "1. etcd")
        story.shell.run(certificates)
        for n in (1, 2, 3):
            story.install(n, defaults)
        story.start_etcd()
        has_leader = lambda: all("ready to serve client requests" in member.text() for member in story.members.values())
        wait_until(has_leader, 30, "etcd to have a leader")
        assert story.shell.run(asking).count("is healthy") == 3
        for block in blocks(PAGE, "2. Users"):
            story.shell.run(block)
        yaml, = blocks(PAGE, "3. The nodes")
        for n in (1, 2, 3):
            story.make_node(n, yaml)
        story.make_operator(yaml)
        before = story.nodes[0].isochrone("serve")
        assert before.returncode == 2 and "nothing was pushed" in before.stderr
        pushing, status, back = blocks(PAGE, "4. Push")
        said = story.shell.run(pushing)
        assert "revision 1" in said and "two regions more" in said
        for node in story.nodes:
            node.start()
        wait_until(story.is_well, 20, "the three nodes to hear each other")
        table = story.shell.run(status, folder=story.nodes[0].directory)
        assert all(f"ns{n}" in table for n in (1, 2, 3))
        story.back = back
        yield story
    finally:
        story.end()


def test_back_to_an_earlier_revision(story):
    story.edit("192.0.2.11", "192.0.2.22")
    assert "ns3 serves it" in story.shell.run("isochrone push -m 'one machine more'")
    assert story.answers() == [["192.0.2.22"]] * 3
    assert "revision 3" in story.shell.run(story.back)
    assert story.answers() == [["192.0.2.11"]] * 3
    assert "192.0.2.11" in (story.shell.folder / "pulled" / ZONE).read_text()


def test_a_node_may_not_push_and_nobody_connects_without_a_certificate(story):
    for folder in ("zones", "probes"):
        shutil.copytree(story.shell.folder / folder, story.nodes[0].directory / folder, dirs_exist_ok=True)
    done = story.nodes[0].isochrone("push")
    assert done.returncode != 0 and "permission denied" in done.stderr, done.stdout + done.stderr
    ask = "curl -sS --max-time 10 --cacert ca.pem %s https://10.0.0.1:2379/version || exit 7"
    assert "etcdserver" in story.shell.run(ask % "--cert client.pem --key client.key")
    story.shell.run(ask % "", status=7)


def test_a_backup_is_put_back(story):
    save, restore = blocks(PAGE, "Backup and restore")
    assert story.nodes[0].isochrone("drain", "west", "--reason", "before the backup").returncode == 0
    story.shell.run(save)
    assert (story.shell.folder / "backup" / ZONE).exists()
    assert story.nodes[0].isochrone("undrain", "west").returncode == 0
    story.edit("192.0.2.22", "192.0.2.33")
    assert "revision 4" in story.shell.run("isochrone push -m 'after the backup'")
    story.stop_etcd()
    assert story.answers() == [["192.0.2.33"]] * 3
    for n in (1, 2, 3):
        lines = [line for line in restore.splitlines() if not line.startswith(("systemctl", "chown"))]
        assert len(lines) == len(restore.splitlines()) - 3
        story.shell.run(story.here(n, "\n".join(lines)))
    story.start_etcd()
    hear_each_other = lambda: all(len(c["nodes"]) == 3 and c["reached"] for c in map(story.cluster_of, story.nodes))
    wait_until(hear_each_other, 40, "the nodes to be back with etcd")
    # Nodes serve what was later than the backup, and a push brings all together; the backup's drain is back, as the page says.
    assert {story.cluster_of(node)["revision"] for node in story.nodes} == {4}
    told = story.nodes[0].isochrone("status", "--cluster")
    assert told.returncode == 1 and "push again" in told.stdout
    wait_until(lambda: [len(status_of(node)["drains"]) for node in story.nodes] == [1, 1, 1], 10, "the drain of the backup")
    assert story.nodes[0].isochrone("undrain", "west").returncode == 0
    said = story.shell.run("isochrone push -m 'after the restore'")
    assert "revision 5" in said and said.count("serves it") == 3, said
    wait_until(story.is_well, 10, "all to be of one mind")


def test_a_full_quota_is_mended(story):
    full = "for i in $(seq 40); do head -c 1000000 /dev/zero | tr '\\0' x | etcdctl put history >/dev/null || exit 7; done"
    assert FULL in story.shell.run(full, status=7)
    node = story.nodes[0]
    wait_until(lambda: FULL in story.cluster_of(node)["trouble"], 15, "the refusal to be told")
    assert FULL in node.isochrone("status", "--cluster").stdout
    assert story.answers() == [["192.0.2.33"]] * 3
    mend, = blocks(PAGE, "When etcd's disk or quota is full")
    story.shell.run(mend)
    wait_until(story.is_well, 20, "the nodes to write again")
    sizes = json.loads(story.shell.run("etcdctl endpoint status --write-out=json 2>/dev/null"))
    assert max(member["Status"]["dbSize"] for member in sizes) < 8 << 20
    story.edit("192.0.2.33", "192.0.2.44")
    assert story.shell.run("isochrone push").count("serves it") == 3


def test_nodes_are_restarted_one_by_one_as_for_an_upgrade(story):
    """The page's order, with one version: what it says to look at says what the page says."""
    for node in story.nodes:
        node.stop()
        others = [other for other in story.nodes if other is not node]
        assert all(other.ask(ONLY4, "A", subnet="198.51.100.0/24").answer for other in others)
        node.start()
        assert story.cluster_of(node)["revision"] == 6
        wait_until(story.is_well, 20, "all to be well before the next node")
        told = story.cluster_of(node)["nodes"]
        assert len({n["answers"] for n in told}) == 1 and len({n["version"] for n in told}) == 1
