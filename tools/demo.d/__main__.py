"""The demo's beginning and end: what is asked for, where it can run, and leaving nothing behind."""

import argparse
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile

import world  # puts tests/lab on the path
from cluster_stage import ClusterStage
from cluster_story import ClusterStory
from ink import Ink
from lab import LabError, why_not
from loopback_stage import LoopbackStage
from stage import clean
from story import Story
from wan_stage import WanStage

FOLDER = "isochrone-demo-"


def end(*_):
    raise KeyboardInterrupt


def running_demo():
    """The folder of the demo that was started last."""
    runs = sorted(pathlib.Path(tempfile.gettempdir()).glob(f"{FOLDER}*/places"), key=lambda p: p.stat().st_mtime)
    if not runs:
        raise SystemExit("demo: none is running behind a simulated WAN")
    return runs[-1].parent


def at(arguments):
    """tools/demo at PLACE COMMAND...: a command in a place of a demo that is running."""
    folder = running_demo()
    namespaces = dict(line.split() for line in (folder / "places").read_text().splitlines())
    if len(arguments) < 2 or arguments[0] not in namespaces:
        raise SystemExit(f"usage: tools/demo at PLACE COMMAND...\nplaces: {' '.join(namespaces)}")
    place, *command = arguments
    # The command sees the city's resolver as its own.
    resolver = folder / f"unbound-{place}" / "resolv.conf"
    bind = f'mount --bind {resolver} "$(readlink -f /etc/resolv.conf)" && ' if resolver.exists() else ""
    inner = ["sh", "-c", f'{bind}exec "$@"', "sh", *command]
    return subprocess.run(["ip", "netns", "exec", namespaces[place], *inner], check=False).returncode


def wan(arguments):
    """tools/demo wan COMMAND...: changes the weather of a demo that is running; tests/lab/wan/command.h has the commands."""
    with socket.socket(socket.AF_UNIX) as talker:
        talker.connect(str(running_demo() / "wan" / "wan.sock"))
        talker.sendall(" ".join(arguments).encode() + b"\n")
        answer = talker.makefile().readline().strip()
    print(answer)
    return int(answer.startswith("error"))


def show_by_hand(entries, ink):
    ink.title("It keeps running: try it by hand, Ctrl-C ends it")
    ink.line()
    width = max(len(what) for what, _ in entries)
    for what, how in entries:
        ink.line(f"  {ink.dim(what.ljust(width))}  {how}")
    ink.line()


def perform(stage, ink, options):
    if not (ClusterStory if options.cluster else Story)(stage, ink).tell():
        for row in stage.processes.ended():
            ink.line(row)
        for log in sorted(stage.directory.rglob("ns?.log")):
            ink.line(f"the last words of {log.name}:")
            for row in log.read_text(errors="replace").splitlines()[-15:]:
                ink.line(f"    {row}")
        return 1
    if not options.check:
        show_by_hand(stage.by_hand(), ink)
        signal.pause()
    return 0


def main():
    parser = argparse.ArgumentParser(prog="tools/demo", description="The main job of isochrone in front of you.")
    parser.add_argument("--check", action="store_true", help="without a person: assert every step, exit 0 or 1")
    parser.add_argument("--cluster", action="store_true", help="several nodes with etcd: a push, a region lost, etcd lost, and back")
    parser.add_argument("--loopback", action="store_true", help="without a simulated WAN, even where one could run")
    parser.add_argument("--keep", action="store_true", help="leave the run's folder, with its logs")
    if sys.argv[1:2] in (["at"], ["wan"]):
        return (at if sys.argv[1] == "at" else wan)(sys.argv[2:])
    options = parser.parse_args()
    ink = Ink(options.check)

    reason = "as asked" if options.loopback else why_not()
    if reason and options.cluster:
        ink.line(f"demo: a cluster is shown behind a simulated WAN only, and there is none: {reason}")
        return 2
    if reason:
        ink.line(f"No simulated WAN ({reason}): running on loopback with an imported latency table.")
    for number in (signal.SIGINT, signal.SIGTERM):  # also where we were started in the background, with Ctrl-C ignored
        signal.signal(number, end)
    directory = pathlib.Path(tempfile.mkdtemp(prefix=FOLDER))
    try:
        with (LoopbackStage if reason else ClusterStage if options.cluster else WanStage)(directory) as stage:
            try:
                return perform(stage, ink, options)
            finally:
                for number in (signal.SIGINT, signal.SIGTERM):  # a second Ctrl-C must not keep us from tidying up
                    signal.signal(number, signal.SIG_IGN)
    except KeyboardInterrupt:
        ink.line()
        return 0 if not options.check else 1
    except LabError as problem:
        ink.line(f"demo: {problem}")
        return 1
    finally:
        if options.keep:
            ink.line(f"logs and files: {directory}")
        else:
            clean(directory)


sys.exit(main())
