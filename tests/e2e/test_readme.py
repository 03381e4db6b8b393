"""README: one node, two nodes without etcd, and a cluster, typed as written into one shell, inside a network namespace.

What is replaced: /tmp/try by a folder of the test, and the reader's `sleep` by waiting until what was started is there.
"""

import json
import re
import shutil

import pytest
from lab import ROOT, why_not
from pages import Session, indented, nowhere

pytestmark = pytest.mark.skipif(shutil.which("etcd") is None, reason="etcd is not installed")


@pytest.fixture(name="session")
def shell_in_a_namespace(tmp_path):
    if why_not():
        pytest.skip(why_not())
    with nowhere("isoreadme") as inside:
        session = Session(tmp_path, inside, {"/tmp/try": tmp_path / "try", "& sleep 2": "&", "& sleep 3": "&"})
        try:
            yield session
        finally:
            session.end()


def type_block(session, block):
    """Each line's output, by the line."""
    said = {}
    for line in block.splitlines():
        said[line] = session.type(line)
        if started := re.match(r"isochrone serve(.*?)&", line):
            session.wait_for(f"isochrone status {started.group(1)}", "the node")
        elif line.startswith("etcd "):
            session.wait_for("curl -sSf http://127.0.0.1:2379/health", "etcd")
    return said


def answered(said, start="dig "):
    """The addresses that the block's last such line printed."""
    text = [text for line, text in said.items() if line.startswith(start)][-1]
    return re.findall(r"^\d+\.\d+\.\d+\.\d+$", text, re.M)


def test_one_node_then_two_then_a_cluster(session, tmp_path):
    text = (ROOT / "README.md").read_text()
    step = re.search(r"^6\. \*\*Run more than one.*?(?=^7\. )", text, re.M | re.S).group(0)
    one, two, cluster = (re.sub(r"^ +", "", block, flags=re.M) for block in indented(re.sub(r"^ {3}", "", step, flags=re.M)))
    first = answered(type_block(session, one))
    assert len(first) == 1
    assert answered(type_block(session, two)) == first
    # One of the two is lost: the other one answers, and the first comes back.
    session.type("kill %1; wait %1")
    assert first[0] in session.type("dig +short @127.0.0.1 -p 5301 contoso.azure-api.example +subnet=203.0.113.0/24")
    session.type("isochrone serve &")
    session.wait_for("isochrone status", "the node")
    *lines, last = cluster.splitlines()
    said = type_block(session, "\n".join(lines))
    assert answered(said) == ["192.0.2.19"] != first
    push = next(text for line, text in said.items() if "new machine" in line)
    assert "ns1 serves it" in push and "ns2 serves it" in push
    session.type("isochrone status --cluster --json > status.json")
    nodes = json.loads((tmp_path / "try/status.json").read_text())["nodes"]
    assert [(node["name"], node["revision"]) for node in nodes] == [("ns1", 2), ("ns2", 2)]
    session.type(last)
    session.type("wait")
