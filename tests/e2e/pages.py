"""Blocks of a page for people, and a shell that runs them as written, in the page's order.

    shell = Shell(folder, {"10.0.0.": "127.9.1."})
    for block in blocks(ROOT / "docs/cluster.md", "Users"):
        shell.run(block)

What stands for a reader's own machines is replaced as the second argument says, and nothing else is. A `Session` is one shell
that lines are typed into, for blocks that leave something running.
"""

import contextlib
import os
import pathlib
import re
import signal
import subprocess
import textwrap

from lab import ROOT, LabError, find_isochrone


def section(page, heading):
    """The text below a heading, up to the next one of any level; the heading is given without its hashes."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", page.read_text(), re.M | re.S)
    assert found, f"{page.name} has no heading '{heading}'"
    return found.group(1)


def indented(text):
    """Its indented blocks, each as the lines that a reader copies."""
    return [textwrap.dedent(block).strip("\n") + "\n" for block in re.findall(r"(?:^(?: {4}.*)?\n)+", text, re.M) if block.strip()]


def blocks(page, heading):
    found = indented(section(page, heading))
    assert found, f"{page.name}: nothing to run below '{heading}'"
    return found


class Shell:
    """A reader's: what a block exports is there in the next one. `isochrone` is the program under test."""

    def __init__(self, folder, replaced=None):
        self.folder, self.replaced = pathlib.Path(folder), dict(replaced or {})
        self.tools = self.folder / ".shell"
        self.tools.mkdir(parents=True)
        (self.tools / "isochrone").symlink_to(find_isochrone())
        self.exported = self.tools / "exported"
        self.exported.write_text("")
        self.environment = os.environ | {"PATH": f"{self.tools}:{os.environ['PATH']}"}

    def meant(self, text):
        for old, new in self.replaced.items():
            text = text.replace(old, str(new))
        return text

    def run(self, block, status=0, folder=None):
        """What the block printed, on both channels; it must end with `status`."""
        script = f"set -eu -o pipefail; . {self.exported}\n{self.meant(block)}\nexport -p > {self.exported}\n"
        done = subprocess.run(["bash", "-c", script], cwd=folder or self.folder, capture_output=True, text=True, timeout=120, check=False,
                              env=self.environment)
        assert done.returncode == status, f"{block}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr


@contextlib.contextmanager
def nowhere(name, *addresses):
    """What begins a command that runs in a network namespace without a way out, where these addresses are this machine's."""
    space = f"{name}-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", space], check=True)
    try:
        for arguments in (["link", "set", "lo", "up"], *(["address", "add", f"{address}/32", "dev", "lo"] for address in addresses)):
            subprocess.run(["ip", "-n", space, *arguments], check=True)
        yield ["ip", "netns", "exec", space]
    finally:
        subprocess.run(["ip", "netns", "delete", space], check=False)


class Session:
    """One shell that lines are typed into, one after the other, from the top of a checkout. What it has started ends with it."""

    def __init__(self, folder, inside=(), replaced=None):
        self.replaced, tools = dict(replaced or {}), pathlib.Path(folder) / "bin"
        tools.mkdir(parents=True)
        (tools / "isochrone").symlink_to(find_isochrone())
        self.bash = subprocess.Popen([*inside, "bash"], cwd=ROOT, text=True, start_new_session=True, stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                     env=os.environ | {"PATH": f"{tools}:{os.environ['PATH']}"})

    def type(self, line):
        """What was printed until the line was done, by it and by what runs in the background; it must end with 0."""
        for old, new in self.replaced.items():
            line = line.replace(old, str(new))
        self.bash.stdin.write(f"{line}\nstatus=$?; echo; echo done: $status\n")
        self.bash.stdin.flush()
        said = ""
        for text in self.bash.stdout:
            if text.startswith("done: "):
                assert text == "done: 0\n", f"{line}\n{said}"
                return said
            said += text
        raise LabError(f"the shell ended: {line}\n{said}")

    def wait_for(self, condition, what):
        """Until a command succeeds, for at most a minute."""
        try:
            self.type(f"for i in $(seq 600); do {condition} >/dev/null 2>&1 && break; sleep 0.1; done; {condition}")
        except AssertionError as error:
            raise LabError(f"waiting for {what}: {error}") from None

    def end(self):
        self.bash.stdin.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.bash.pid, signal.SIGTERM)
        self.bash.wait(20)
        self.bash.stdout.close()
