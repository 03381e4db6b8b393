"""Faults at random over a real cluster; and each invariant, shown to be able to fail."""

import pathlib
import shutil
import subprocess
import sys

import dns.message
import pytest
from askers import Question
from bounds import bounds_of
from chaos_plan import PLACES, make_plan
from truth import path
from watch import Judge
from cluster_fleet import REGIONS, VANTAGES
from lab import find_isochrone

SEED, SECONDS = 2953, 40  # nearly all kinds of faults in so short a time
GATEWAYS = {"192.0.2.1": "westus2", "192.0.2.2": "westeurope", "192.0.2.3": "japaneast"}
ADDRESS = {region: address for address, region in GATEWAYS.items()}


@pytest.mark.skipif(find_isochrone() is None or shutil.which("etcd") is None, reason="isochrone or etcd is not here")
def test_a_cluster_under_faults_keeps_its_promises():
    chaos = pathlib.Path(__file__).with_name("chaos.py")
    done = subprocess.run([sys.executable, chaos, "--seed", str(SEED), "--seconds", str(SECONDS)], capture_output=True, text=True,
                          timeout=300, check=False)
    print(done.stdout, done.stderr)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr


def test_a_plan_is_a_function_of_its_seed_and_leaves_nothing_broken():
    undone = {"kill_node": "start_node", "end_node": "start_node", "kill_gateway": "start_gateway", "hide_gateway": "show_gateway",
              "cut_pair": "heal_pair", "spoil_pair": "heal_pair", "spoil_gateway": "mend_gateway", "fill_disk": "free_disk", "cut": "uncut"}
    for seed in range(100):
        plan = make_plan(seed, 120)
        assert plan == make_plan(seed, 120) != make_plan(seed + 1, 120)
        assert [step.at for step in plan] == sorted(step.at for step in plan) and plan[-1].at <= 120
        broken, dead = set(), set()
        for step in plan:
            if step.verb in undone:
                broken.add((undone[step.verb], step.targets))
            broken.discard((step.verb, step.targets))
            if step.verb in ("kill_gateway", "spoil_gateway"):
                dead.add(step.targets)
            elif step.verb in ("start_gateway", "mend_gateway"):
                dead.discard(step.targets)
            assert len(dead) < len(REGIONS), step
        assert not broken, (seed, broken)


class Judged(Judge):
    """A cluster that has been well since time 0, judged at any time."""

    def __init__(self):
        super().__init__(REGIONS, VANTAGES, bounds_of(), GATEWAYS, 0)

    def answer(self, node, now, *records, client="london", rcode="NOERROR", kind="service"):
        text = "\n".join(["id 1", "opcode QUERY", f"rcode {rcode}", "flags QR AA", ";QUESTION", "x.example. IN A", ";ANSWER", *records])
        self.watch.answered(Question(node, node, kind, client, now), dns.message.from_text(text), now)

    def gives(self, node, region, now, client="london"):
        self.answer(node, now, f"x.example. 5 IN A {ADDRESS[region]}", client=client)

    def faults(self):
        found, self.account.faults = self.account.faults, []
        return found


@pytest.fixture(name="judged")
def well():
    return Judged()


def test_a_question_that_had_to_be_answered(judged):
    judged.watch.unanswered(Question("london", "westus2", "service", "london", 10), 11)
    assert "westus2 leaves service asked in london at 10.00 unanswered" in judged.faults()[0]
    judged.truth.set(path("london", "westus2"), False, 20)
    judged.truth.set(("node", "japaneast"), None, 20)
    judged.watch.unanswered(Question("london", "westus2", "service", "london", 19.5), 20.5)
    judged.watch.unanswered(Question("japaneast", "japaneast", "service", "london", 19.5), 20.5)
    assert judged.faults() == []
    judged.watch.unanswered(Question("westus2", "westus2", "mark", "", 20), 21)
    assert len(judged.faults()) == 1


@pytest.mark.parametrize("records, rcode", [([], "NOERROR"), ([], "SERVFAIL"), (["x.example. 5 IN A 203.0.113.9"], "NOERROR")])
def test_an_answer_that_is_none(judged, records, rcode):
    judged.answer("westus2", 10, *records, rcode=rcode)
    assert len(judged.faults()) == 1


def test_a_dead_gateway_that_is_given_for_too_long(judged):
    judged.truth.set(("gateway", "westeurope"), False, 100)
    judged.gives("westus2", "westeurope", 100 + judged.bounds.dead - 0.1)
    assert judged.faults() == []
    judged.gives("westus2", "westeurope", 100 + judged.bounds.dead + 0.1)
    judged.gives("westus2", "japaneast", 100 + judged.bounds.dead + 0.1)
    assert len(faults := judged.faults()) == 1 and "westus2 gives london the gateway in westeurope, dead for 9.40 s" in faults[0]
    # One that was started a moment ago has not had the time to find out.
    judged.truth.set(("node", "westus2"), None, 120)
    judged.truth.set(("node", "westus2"), True, 121)
    judged.gives("westus2", "westeurope", 122)
    assert judged.faults() == []


def test_a_dead_gateway_may_be_given_where_no_other_is_known_to_be_up(judged):
    judged.truth.set(("gateway", "westeurope"), False, 100)
    for place in PLACES:
        if place != "westeurope":
            judged.truth.set(path("westeurope", place), False, 100)
    judged.gives("westeurope", "westeurope", 150)
    assert judged.faults() == []
    judged.gives("westus2", "westeurope", 150)
    assert len(judged.faults()) == 1


def test_a_gateway_that_the_clients_own_vantage_has_lost(judged):
    judged.truth.set(("probe", "london", "westeurope"), False, 100)
    judged.gives("japaneast", "westeurope", 101)
    judged.gives("japaneast", "westeurope", 150, client="seoul")
    assert judged.faults() == []
    judged.gives("japaneast", "westeurope", 150)
    assert len(judged.faults()) == 1
    # Drained gateways come after it, and one of the two others may be.
    judged.truth.set(("gateway", "westus2"), False, 160)
    judged.gives("japaneast", "westeurope", 190)
    assert judged.faults() == []
    # Where it sees nothing at all, it is not believed.
    for region in REGIONS:
        judged.truth.set(("probe", "london", region), False, 200)
    judged.gives("japaneast", "westeurope", 250)
    assert judged.faults() == []


def test_a_revision_that_goes_back(judged):
    for mark in (2, 3, 1, 4):  # the third is a rollback
        judged.revisions.issue(mark)
    for mark in (1, 2, 1, 4, 4):
        judged.revisions.served("westus2", mark, 10)
    assert judged.faults() == []
    judged.revisions.served("westus2", 3, 11)
    judged.revisions.issue(5)
    judged.revisions.withdraw()
    judged.revisions.served("japaneast", 5, 12)
    judged.revisions.number("westus2", 7, 13)
    judged.revisions.number("westus2", 6, 14)
    judged.revisions.serial("westus2", 2**32 - 1, 15)
    judged.revisions.serial("westus2", 1, 16)  # forward, by serial arithmetic
    judged.revisions.serial("westus2", 2**32 - 1, 17)
    assert [fault.split()[1] for fault in judged.faults()] == ["westus2", "japaneast", "westus2", "westus2"]


def test_nodes_that_are_apart_for_too_long(judged):
    def look(now, of_japan):
        judged.together.told("westus2", (2, "all"), now)
        judged.together.told("japaneast", of_japan, now)

    look(10, (1, "all"))
    look(9 + judged.bounds.apart, (1, "all"))
    look(9.5 + judged.bounds.apart, (2, "all"))
    assert judged.faults() == []
    look(100, (2, "some"))
    judged.truth.set(("etcd", "japaneast"), False, 110)
    look(111, (2, "some"))
    judged.truth.set(("etcd", "japaneast"), True, 120)
    look(121, (2, "some"))
    look(120 + judged.bounds.apart - 1, (2, "some"))
    assert judged.faults() == []
    look(123 + judged.bounds.apart, (2, "some"))
    look(124 + judged.bounds.apart, (2, "some"))
    assert len(faults := judged.faults()) == 1 and "japaneast and westus2 apart for" in faults[0]
