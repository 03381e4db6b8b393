"""Blocks of a page for people, and a shell that runs them as written, in the page's order.

    shell = Shell(folder, {"10.0.0.": "127.9.1."})
    for block in blocks(ROOT / "docs/cluster.md", "Users"):
        shell.run(block)

What stands for a reader's own machines is replaced as the second argument says, and nothing else is.
"""

import os
import pathlib
import re
import subprocess
import textwrap

from lab import find_isochrone


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
        self.folder, self.replaced, self.runs = pathlib.Path(folder), dict(replaced or {}), 0
        tools = self.folder / ".shell"
        tools.mkdir(parents=True)
        (tools / "isochrone").symlink_to(find_isochrone())
        self.exported = tools / "exported"
        self.exported.write_text("")
        self.environment = os.environ | {"PATH": f"{tools}:{os.environ['PATH']}"}

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
