"""What strangers send: answered as the RFCs say, or not at all, and nobody else notices."""

import random

import dns.message
import dns.rcode
import pytest

QUERY = dns.message.make_query("www.static.example", "A", use_edns=0, id=0x1234).to_wire()


def header(flags=0, counts=(1, 0, 0, 0)):
    return bytes.fromhex("1234") + flags.to_bytes(2, "big") + b"".join(c.to_bytes(2, "big") for c in counts)


NAME = b"\3www\6static\7example\0"
SILENCE = [
    ("nothing", b""),
    ("eleven octets", QUERY[:11]),
    ("an answer", QUERY[:2] + b"\x84\x00" + QUERY[4:]),
    ("an answer that is cut", header(0x8000)),
]
FORMERR = [
    ("a header alone that promises a question", header()),
    ("a question cut in the name", QUERY[:20]),
    ("a question cut in its type", header() + NAME + b"\0"),
    ("a label of 64", header() + b"\x40" + bytes(64) + b"\0\0\1\0\1"),
    ("a pointer to itself", header() + b"\xc0\x0c\0\1\0\1"),
    ("a pointer forward", header() + b"\xc0\xff\0\1\0\1"),
    ("a name of 256 octets", header() + (b"\x3f" + b"a" * 63) * 4 + b"\0\0\1\0\1"),
    ("two questions", header(counts=(2, 0, 0, 0)) + (NAME + b"\0\1\0\1") * 2),
    ("no question", header(counts=(0, 0, 0, 0))),
    ("two OPT records", header(counts=(1, 0, 0, 2)) + NAME + b"\0\1\0\1" + (b"\0\0\x29\x04\xd0" + bytes(6)) * 2),
    ("an OPT that is not at the root", header(counts=(1, 0, 0, 1)) + NAME + b"\0\1\0\1" + b"\1a\0\0\x29\x04\xd0" + bytes(6)),
    ("an option longer than its OPT", header(counts=(1, 0, 0, 1)) + NAME + b"\0\1\0\1" + b"\0\0\x29\x04\xd0" + bytes(4) +
     b"\0\4\0\3\0\x20"),
]


@pytest.mark.parametrize("octets", [case[1] for case in SILENCE], ids=[case[0] for case in SILENCE])
def test_not_answered(server, octets):
    assert server.unanswered(octets)


@pytest.mark.parametrize("octets", [case[1] for case in FORMERR], ids=[case[0] for case in FORMERR])
def test_format_errors(server, octets):
    answer = server.raw(octets)
    assert answer[:2] == octets[:2]
    assert answer[2] & 0x80
    assert answer[3] & 0x0F == dns.rcode.FORMERR
    assert len(answer) <= len(octets) + 11  # no amplification: at most an OPT more


def test_two_thousand_mutations(server):
    chance = random.Random(1)
    for _ in range(2000):
        octets = bytearray(QUERY)
        for _ in range(chance.randint(1, 4)):
            octets[chance.randrange(len(octets))] = chance.randrange(256)
        server.raw(bytes(octets[:chance.randint(1, len(octets))]), timeout=0.0005)
    assert server.ask("www.static.example", "A").rcode() == dns.rcode.NOERROR
    assert server.process.running()
