"""Runs the tests: installs what they need, builds, runs, and ends with "N passed, N failed, N skipped".

  tools/test                         everything, as CI does
  tools/test unit e2e                these suites only
  tools/test --compiler clang        with clang 19 instead of g++
  tools/test --sanitize none unit    without ASan and UBSan
  tools/test --coverage unit         with a coverage report in build/coverage/report.txt
  tools/test unit -- -k NAME         what follows -- goes to pytest; to GoogleTest as --gtest_filter=*NAME*

Suites: unit   GoogleTest, mirroring src/, under ASan and UBSan; corpora of the fuzz targets replayed
        e2e    the real server with dig, unbound, NSD, Knot, Prometheus
        lab    the simulated WAN (root and /dev/net/tun; else skipped)
        demo   tools/demo --check, and with --cluster (which is skipped where there can be no simulated WAN)
        tsan   what threads share, under TSan
        fuzz   not among all: every fuzz target for --seconds (60) by libFuzzer; a crash is left in build/fuzz/NAME-crash-*
"""
import argparse
import os
import pathlib
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SUITES = ["unit", "e2e", "lab", "demo", "tsan"]
ASKED_FOR = ["fuzz"]  # suites that run only by name
COMPILERS = {"gcc": ("gcc", "g++"), "clang": ("clang-19", "clang++-19")}
# What threads share: the published snapshot, counters, workers, the control thread's queue.
TSAN_PROGRAMS = ["tests/util/util_test", "tests/answer/answer_test", "tests/net/net_test", "tests/loop/control_queue_test"]
# A value of one thread, and most of the minute that util_test would take.
NOT_SHARED = "PrefixMap.*"
# Takes a third of all the others' time: it is begun first.
LONGEST = "predict_test"
# Many sources to a compiler run: a clean build in a third of the time.
UNITY = ["-Dunity=on", "-Dunity_size=40"]
# Files of tests at once: they wait for servers and networks more than they compute.
AT_ONCE = {"e2e": 4, "lab": 3}
# A sanitized build. Optimized as far as a debugger bears: it compiles as fast as -O0, and runs in a quarter to a half of the time. Debug
# information: the lines of a stack trace, and no more. What UBSan finds is told in the same way, as a trap that AddressSanitizer
# catches (handle_sigill): sentences about it would take a quarter of the compilation.
CHECKED = ["--buildtype=debug", "-Doptimization=g", "-Db_lundef=false", "-Dcpp_args=-g1 -fsanitize-undefined-trap-on-error", *UNITY]
SANITIZERS = {"ASAN_OPTIONS": "handle_sigill=1", "TSAN_OPTIONS": "halt_on_error=1"}


class Tally:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def add(self, name, passed, failed, skipped, seconds):
        self.passed += passed
        self.failed += failed
        self.skipped += skipped
        print(f"  {name:24} {passed:5} passed  {failed:3} failed  {skipped:3} skipped  {seconds:6.1f} s", flush=True)

    def add_xml(self, name, path, status, seconds):
        """A JUnit file of GoogleTest or pytest. A program that died before it wrote one is one failure."""
        try:
            cases = list(ET.parse(path).iter("testcase"))
        except (OSError, ET.ParseError):
            return self.add(name, 0, 1, 0, seconds)
        failed = sum(1 for c in cases if c.find("failure") is not None or c.find("error") is not None)
        skipped = sum(1 for c in cases if c.find("skipped") is not None)
        if status != 0 and failed == 0:
            failed = 1  # a sanitizer's report at exit
        self.add(name, max(0, len(cases) - failed - skipped), failed, skipped, seconds)


def run(command, **kwargs):
    print("+", " ".join(str(c) for c in command), flush=True)
    return subprocess.run([str(c) for c in command], cwd=ROOT, **kwargs)


def build(directory, options, compiler, targets=(), first=(), stdout=None):
    """Configures once and builds; True where it worked. ccache makes a second build of the same source cheap."""
    env = dict(os.environ)
    cc, cxx = COMPILERS[compiler]
    env.update(CC=f"ccache {cc}", CXX=f"ccache {cxx}", CXX_LD="mold")  # which links in a third of the time
    if not (ROOT / directory / "build.ninja").exists():
        if run(["meson", "setup", directory, *options], env=env, stdout=subprocess.DEVNULL).returncode:
            return False
    return run([*first, "ninja", "-C", directory, *targets], stdout=stdout).returncode == 0


def unit(args, tally):
    directory, options = sanitized(args)
    if args.coverage:
        directory, options = "build/coverage", ["--buildtype=debug", "-Db_coverage=true", *UNITY]
    if not build(directory, options, args.compiler):
        return tally.add("build", 0, 1, 0, 0)
    run_gtests(directory, None, args, tally)
    if args.coverage:
        report = ROOT / directory / "report.txt"
        with open(report, "w") as out:
            run(["gcovr", "-r", ".", "--filter", "src/", directory], stdout=out)
        print(f"coverage: {report.relative_to(ROOT)}")


def thread_sanitized(args):
    return f"build/{args.compiler}-thread", ["-Db_sanitize=thread", *CHECKED], args.compiler, TSAN_PROGRAMS


def tsan(args, tally):
    directory, *how = thread_sanitized(args)
    if not build(directory, *how):
        return tally.add("build (thread)", 0, 1, 0, 0)
    run_gtests(directory, set(TSAN_PROGRAMS), args, tally, suffix=" (thread)", without=NOT_SHARED)


def run_gtests(directory, only, args, tally, suffix="", without=""):
    env = dict(os.environ, ISOCHRONE_SHARED=shared(), **SANITIZERS)
    programs = sorted((ROOT / directory / "tests").glob("*/*_test"))
    programs = [p for p in programs if only is None or str(p.relative_to(ROOT / directory)) in only]
    programs.sort(key=lambda p: p.name != LONGEST)
    with ThreadPoolExecutor(2) as pool:  # told in their order, each when it has ended
        for report in pool.map(lambda program: run_program(program, env, args, without), programs):
            report(tally, suffix)


def run_program(program, env, args, without):
    """Runs one; what it returns tells of it."""
    xml = program.parent / (program.name + ".xml")
    xml.unlink(missing_ok=True)
    wanted = f"*{args.rest[args.rest.index('-k') + 1]}*" if "-k" in args.rest else "*"
    command = [program, f"--gtest_output=xml:{xml}", "--gtest_brief=1", f"--gtest_filter={wanted}" + (f"-{without}" if without else "")]
    start = time.monotonic()
    done = subprocess.run([str(c) for c in command], cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", check=False)
    seconds = time.monotonic() - start

    def report(tally, suffix):
        print("+", " ".join(map(str, command)), flush=True)
        print(done.stdout, end="", flush=True)
        tally.add_xml(program.name + suffix, xml, done.returncode, seconds)
    return report


def pytest(name, folder, binary_dir, args, tally, beside):
    if not build(*binary_dir, args.compiler):
        return tally.add(f"build for {name}", 0, 1, 0, 0)
    xml = ROOT / binary_dir[0] / f"{name}.xml"
    xml.unlink(missing_ok=True)
    env = dict(os.environ, ISOCHRONE_BIN=str(ROOT / binary_dir[0] / "src/cli/isochrone"),
               ISOCHRONE_WAN=str(ROOT / binary_dir[0] / "tests/lab/isochrone-wan"), ISOCHRONE_SHARED=shared(), PYTHONDONTWRITEBYTECODE="1",
               **SANITIZERS)
    files = ["-n", str(AT_ONCE[name]), "--dist", "loadfile"]
    start = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(beside)
        status = run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={xml}", *files, folder, *args.rest],
                     env=env).returncode
        tally.add_xml(name, xml, 0 if status == 5 else status, time.monotonic() - start)


def sanitized(args):
    return f"build/{args.compiler}-{args.sanitize.replace(',', '-')}", [f"-Db_sanitize={args.sanitize}", *CHECKED]


def e2e(args, tally):
    pytest("e2e", "tests/e2e", sanitized(args), args, tally, beside=lambda: build_ahead("lab", args, *RELEASE, args.compiler))


def build_ahead(suite, args, *how):
    """What a later suite needs, where the machine is idle otherwise. It builds it again, and tells what is wrong with it."""
    if suite in args.suites:
        build(*how, first=["nice", "-n", "19"], stdout=subprocess.DEVNULL)


DEMOS = {"demo": [], "demo --cluster": ["--cluster"]}
NO_WAN = 2  # what a demo ends with that needs one
RELEASE = ("build/release", ["--buildtype=release", "-Dtests=false", *UNITY])


def lab(args, tally):
    # Timings are asserted here, so the binary is the one that users run.
    if not build(*RELEASE, args.compiler):
        return tally.add("build for lab", 0, 1, 0, 0)
    if "demo" in args.suites:
        args.demo = Demo()  # beside it: both wait for networks that are slow on purpose
    pytest("lab", "tests/lab", RELEASE, args, tally, beside=lambda: build_ahead("tsan", args, *thread_sanitized(args)))


class Demo:
    """Each of DEMOS, one after the other, from now on."""

    def __init__(self):
        self.runs = []  # (name, what it ended as, seconds)
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self):
        for name, options in DEMOS.items():
            began = time.monotonic()
            done = subprocess.run(["tools/demo", "--check", *options], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True, check=False)
            self.runs.append((name, done, time.monotonic() - began))

    def end(self):
        self.thread.join()
        return self.runs


def demo(args, tally):
    for name, done, seconds in (args.demo or Demo()).end():
        print(f"+ {' '.join(done.args)}\n{done.stdout}", flush=True)
        skipped = done.returncode == NO_WAN and name == "demo --cluster"
        tally.add(name, int(done.returncode == 0), int(done.returncode != 0 and not skipped), int(skipped), seconds)


def fuzz(args, tally):
    directory = "build/fuzz"
    if not build(directory, ["-Dfuzz=true", "-Db_sanitize=address,undefined", "-Db_lundef=false", *UNITY], "clang", ["fuzz-targets"]):
        return tally.add("build (fuzz)", 0, 1, 0, 0)
    for program in sorted((ROOT / directory / "tests/fuzz").glob("*_fuzz")):
        name = program.name.removesuffix("_fuzz")
        found = ROOT / directory / "found" / name  # what libFuzzer adds to the seeds stays out of the tree
        found.mkdir(parents=True, exist_ok=True)
        start = time.monotonic()
        status = run(["nice", program, f"-max_total_time={args.seconds}", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1",
                      f"-artifact_prefix={directory}/{name}-", found, ROOT / "tests/fuzz/corpus" / name]).returncode
        tally.add(program.name, int(status == 0), int(status != 0), 0, time.monotonic() - start)


def shared():
    """The folder of published latency data beside the checkout; tests that need it skip where it is not there."""
    return os.environ.get("ISOCHRONE_SHARED", str(ROOT.parent / "shared"))


def main():
    parser = argparse.ArgumentParser(prog="tools/test", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suites", nargs="*", metavar="SUITE", help="default: all")
    parser.add_argument("--compiler", choices=COMPILERS, default="gcc")
    parser.add_argument("--sanitize", default="address,undefined", help="none, or as meson's b_sanitize")
    parser.add_argument("--coverage", action="store_true")
    parser.add_argument("--seconds", type=int, default=60, help="of each fuzz target")
    argv = sys.argv[1:]
    rest = []
    if "--" in argv:
        argv, rest = argv[:argv.index("--")], argv[argv.index("--") + 1:]
    args = parser.parse_args(argv)
    args.rest = rest
    args.demo = None
    args.suites = args.suites or SUITES
    unknown = set(args.suites) - set(SUITES + ASKED_FOR)
    if unknown:
        parser.error(f"no suite {', '.join(sorted(unknown))}; there are {', '.join(SUITES + ASKED_FOR)}")
    os.environ["PATH"] += ":/usr/sbin:/sbin"  # nsd, unbound and knotd are there, and an ordinary user does not look
    tally = Tally()
    for suite in args.suites:
        print(f"\n== {suite}", flush=True)
        globals()[suite](args, tally)
    print(f"\n{tally.passed} passed, {tally.failed} failed, {tally.skipped} skipped", flush=True)
    sys.exit(1 if tally.failed or not tally.passed else 0)


if __name__ == "__main__":
    main()
