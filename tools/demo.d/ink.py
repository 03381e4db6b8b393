"""What the demo says, and how: calm, aligned, coloured only on a terminal. In a check, one line a step."""

import os
import shutil
import sys
import textwrap


class Ink:
    def __init__(self, check):
        self.check = check
        self.colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self.width = min(shutil.get_terminal_size((100, 24)).columns, 110)

    def _paint(self, code, text):
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text

    def bold(self, text):
        return self._paint("1", text)

    def dim(self, text):
        return self._paint("2", text)

    def good(self, text):
        return self._paint("32", text)

    def bad(self, text):
        return self._paint("31", text)

    def line(self, text=""):
        print(text, flush=True)

    # The rest is what a reader sees and a check does not.

    def title(self, text):
        if not self.check:
            self.line()
            self.line(self.bold(text))
            self.line(self.dim("─" * len(text)))

    def say(self, text):
        if not self.check:
            for row in textwrap.wrap(text, self.width):
                self.line(row)

    def command(self, text):
        if not self.check:
            self.line()
            self.line(f"  {self.dim('$')} {self.bold(text)}")

    def quote(self, text):
        if not self.check:
            for row in text.rstrip().splitlines():
                self.line(f"    {row}")

    def table(self, header, rows):
        """Text to the left, what starts with a digit to the right."""
        if self.check:
            return
        rows = [[str(cell) for cell in row] for row in rows]
        widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
        right = [all(row[i][:1].isdigit() or row[i] in ("", "–") for row in rows) for i in range(len(header))]

        def align(row):
            return "  ".join(c.rjust(w) if r else c.ljust(w) for c, w, r in zip(row, widths, right)).rstrip()
        self.line()
        self.line("  " + self.dim(align(header)))
        for row in rows:
            self.line("  " + align(row))

    # A step's end: in a check the only line it has.

    def held(self, number, name, summary):
        if self.check:
            self.line(f"ok {number:2}  {name.ljust(34)}  {summary}")
        else:
            self.line()
            self.line(f"  {self.good('✓')} {summary}")

    def failed(self, number, name, why):
        rows = str(why).splitlines() or [""]
        self.line(self.bad(f"not ok {number:2}  {name}: {rows[0]}") if self.check else f"\n  {self.bad('✗')} {rows[0]}")
        for row in rows[1:]:
            self.line(f"    {row}")
