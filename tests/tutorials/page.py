# SPDX-License-Identifier: MIT
"""A tutorial's page as a list of blocks. CONTRIBUTING.md says what the blocks' first lines mean."""
import re
import shlex

FENCE = re.compile(r"^```\s*(\S*)\s*(.*)$")
PICTURE = re.compile(r"^!\[[^\]]*\]\((\S+\.png)\)$")
HEADING = re.compile(r"^(#+)\s+(.*)$")


def pattern_of(shown):
    """What lines shown in a page stand for: a line ... for any lines, [...] within a line for any text."""
    pattern = ""
    for line in shown:
        if line.strip() == "...":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*?".join(re.escape(part) for part in line.rstrip().split("[...]")) + "\n"
    return pattern


class Block:
    """language: the fence's first word; settings: its NAME=VALUE words; lines: what is between the fences. A picture that has a line
    for itself counts as a block of the language picture, whose setting png is its path beside the page.
    section: the headings that it stands under, outermost first; line: of the opening fence, from 1."""

    def __init__(self, language, settings, section, line):
        self.language, self.settings, self.section, self.line = language, settings, section, line
        self.lines = []

    @property
    def text(self):
        return "".join(line + "\n" for line in self.lines)

    def in_chapter(self, title):
        """Whether it stands in the chapter (second-level heading) with this title."""
        return len(self.section) > 1 and self.section[1] == title


class Page:
    def __init__(self, path):
        self.path = path
        self.blocks = []
        self.headings = []
        with open(path, encoding="utf-8") as file:
            self._read(file.read().split("\n"))

    def _read(self, lines):
        section, block = [], None
        for number, line in enumerate(lines, 1):
            fence = FENCE.match(line)
            if block is not None and line.strip() == "```":
                block = None
            elif block is not None:
                block.lines.append(line)
            elif fence:
                block = Block(fence[1], self._settings(fence[2], number), list(section), number)
                self.blocks.append(block)
            elif picture := PICTURE.match(line):
                self.blocks.append(Block("picture", {"png": picture[1]}, list(section), number))
            elif heading := HEADING.match(line):
                section = section[: len(heading[1]) - 1] + [heading[2]]
                self.headings.append(list(section))
        if block is not None:
            raise ValueError(f"{self.path}:{block.line}: a block without an end")

    def _settings(self, text, number):
        words = shlex.split(text)
        if bad := [word for word in words if "=" not in word]:
            raise ValueError(f"{self.path}:{number}: '{bad[0]}' is no NAME=VALUE")
        return dict(word.split("=", 1) for word in words)

    def chapters(self):
        return [section[1] for section in self.headings if len(section) == 2]
