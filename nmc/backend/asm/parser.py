"""From assembly text to statements.

The text is GNU-like: one statement a line, `label:` in front of it or alone, comments from `#` to
the end of the line. Weights make most of a program's text, so runs of lines in exactly the form the
printer writes (`\\t.word 0x01234567, ...`) are converted as a whole, without a statement per line.
"""

import re

from nmc.backend.asm.data_words import data_runs, parse_words
from nmc.backend.asm.directives import parse_directive
from nmc.backend.asm.operands import match_instruction, split_operands
from nmc.backend.asm.pseudo import expand
from nmc.backend.asm.statements import Data, Instr, Label, Statement, Statements
from nmc.errors import NmcError

# A `#` inside a string begins no comment.
_COMMENT = re.compile(r'^((?:[^#"]|"(?:[^"\\]|\\.)*")*)#.*$')
_LABEL = re.compile(r"^([A-Za-z_.$][\w.$]*)\s*:\s*")


def parse_assembly(text: str, source: str = "assembly") -> Statements:
    """The statements of an assembly text; NmcError names `source`, the line and the reason."""
    program = Statements(source)
    line = 1
    position = 0
    for start, end in data_runs(text):
        line = _parse_lines(text[position:start], line, program)
        run = text[start:end]
        program.add(Data(parse_words(run)), line=line)
        line += run.count("\n")
        position = end
    _parse_lines(text[position:], line, program)
    return program


def _parse_lines(text: str, line: int, program: Statements) -> int:
    """Parse lines, the first of which is number `line`; the number of the line behind them."""
    for content in text.splitlines():
        try:
            for statement in parse_line(content):
                program.add(statement, line=line)
        except NmcError as error:
            raise NmcError(f"{program.source}:{line}: {error}") from error
        line += 1
    return line


def parse_line(content: str) -> list[Statement]:
    """The statements of one line: any labels, then a directive or an instruction."""
    content = _COMMENT.sub(r"\1", content).strip()
    statements: list[Statement] = []
    while found := _LABEL.match(content):
        statements.append(Label(found[1]))
        content = content[found.end() :]
    if not content:
        return statements
    name, _, rest = content.replace("\t", " ").partition(" ")
    rest = rest.strip()
    if name.startswith("."):
        return statements + parse_directive(name, rest)
    return statements + parse_instruction(name, split_operands(rest))


def parse_instruction(name: str, texts: list[str]) -> list[Statement]:
    """The instruction, or the instructions a pseudo-instruction stands for."""
    expansion = expand(name.lower(), texts)
    found = [match_instruction(n, t) for n, t in expansion or [(name, texts)]]
    return [Instr(row, values) for row, values in found]
