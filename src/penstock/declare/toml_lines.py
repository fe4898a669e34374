"""The line of every value of a TOML file, which Python's own reader does not keep."""

import re
from collections.abc import Mapping

Path = tuple[str | int, ...]
TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*|\n|[\[\]{},=]|[^\s\[\]{},=#"\']+|\s',
    re.DOTALL,
)
OPEN, CLOSED = "[{", "]}"


def lines_of(text: str) -> dict[Path, int]:
    r"""The line on which each key, table and item of a list stands; the text must be TOML.

    Examples
    --------
    >>> found = lines_of('[view]\nname = "a"\nfeatures = [\n  "x",\n  "y",\n]')
    >>> found["view", "name"], found["view", "features", 1]
    (2, 5)
    """
    scanner = _Scanner(text)
    scanner.file()
    return scanner.found


def line_of(found: Mapping[Path, int], path: Path) -> int:
    """The line of a value, or of the nearest thing around it."""
    while path and path not in found:
        path = path[:-1]
    return found.get(path, 1)


class _Scanner:
    """Walks the tokens of a file."""

    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, int]] = []
        line = 1
        for match in TOKEN.finditer(text):
            word = match[0]
            if word == "\n" or not (word.isspace() or word.startswith("#")):
                self.tokens.append((word, line))
            line += word.count("\n")
        self.at = 0
        self.found: dict[Path, int] = {}
        self.many: dict[Path, int] = {}  # how many tables each list of tables has

    def peek(self) -> str:
        """The next token; empty at the end."""
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def take(self) -> tuple[str, int]:
        """The next token and its line."""
        self.at += 1
        return self.tokens[self.at - 1]

    def skip(self) -> None:
        """Pass over ends of lines."""
        while self.peek() == "\n":
            self.at += 1

    def file(self) -> None:
        """All statements."""
        table: Path = ()
        while self.at < len(self.tokens):
            if self.peek() == "\n":
                self.at += 1
            elif self.peek() == "[":
                table = self.header()
            else:
                self.pair(table)

    def header(self) -> Path:
        """``[table]`` or ``[[list of tables]]``."""
        line = self.tokens[self.at][1]
        brackets = 0
        while self.peek() == "[":
            self.at += 1
            brackets += 1
        path = self.key("]")
        self.at += brackets
        if brackets == 2:
            index = self.many.get(path, 0)
            self.many[path] = index + 1
            self.found.setdefault(path, line)
            path = (*path, index)
        self.found[path] = line
        return path

    def key(self, end: str) -> Path:
        """A key with dots, up to ``end``."""
        words = []
        while self.peek() != end:
            words.append(self.take()[0])
        joined, parts = "".join(words), []
        for quoted, bare in re.findall(r'("[^"]*"|\'[^\']*\')|([^."\']+)', joined):
            parts.append(quoted[1:-1] if quoted else bare)
        return tuple(parts)

    def pair(self, table: Path) -> None:
        """``key = value``."""
        line = self.tokens[self.at][1]
        path = (*table, *self.key("="))
        self.at += 1
        self.found[path] = line
        self.value(path)

    def value(self, path: Path) -> None:
        """A value: a list, an inline table, or words."""
        if self.peek() == "[":
            self.items(path)
        elif self.peek() == "{":
            self.inline(path)
        else:
            while self.peek() not in ("", "\n", ",", *CLOSED):
                self.at += 1

    def items(self, path: Path) -> None:
        """The items of a list."""
        self.at += 1
        index = 0
        self.skip()
        while self.peek() != "]":
            self.found[(*path, index)] = self.tokens[self.at][1]
            self.value((*path, index))
            index += 1
            self.skip()
            if self.peek() == ",":
                self.at += 1
                self.skip()
        self.at += 1

    def inline(self, path: Path) -> None:
        """The pairs of an inline table."""
        self.at += 1
        self.skip()
        while self.peek() != "}":
            self.pair(path)
            self.skip()
            if self.peek() == ",":
                self.at += 1
                self.skip()
        self.at += 1
