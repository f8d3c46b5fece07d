"""The text of a pass pipeline in MLIR's syntax, the ``builtin.module(...)`` around it optional.

    pipeline ::= element (`,` element)*
    element  ::= anchor `(` pipeline? `)` | name options?
    options  ::= `{` (key (`=` value (`,` value)*)?)* `}`
    value    ::= number | `true` | `false` | word | `"` text `"`

White space is free between tokens. The only anchor is ``builtin.module``, which may be nested:
every pass of ours and of xDSL runs on a module.
"""

import re
from collections.abc import Iterator

from xdsl.utils.arg_spec import ArgSpec, ParameterListType, ParameterType

from nmc.errors import NmcError

ANCHOR = "builtin.module"

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:\\.|[^"\\])*")|(?P<word>[^\s,(){}="]+)|(?P<mark>[,(){}=]))"""
)
_INT = re.compile(r"[-+]?\d+")
_FLOAT = re.compile(r"[-+]?\d+\.\d*(?:[eE][-+]?\d+)?")


class PipelineSyntaxError(NmcError):
    """The text of a pipeline is malformed; the message quotes the place."""


class _Tokens:
    """A cursor over the tokens of one pipeline text."""

    def __init__(self, text: str):
        self.text = text
        self.position = 0
        self.kind = ""
        self.value = ""
        self.start = 0
        self.advance()

    def advance(self) -> str:
        """Step to the next token and return the value of the one left behind."""
        left = self.value
        match = _TOKEN.match(self.text, self.position)
        if match is None:
            rest = self.text[self.position :].strip()
            self.start = len(self.text) - len(rest)
            self.kind, self.value = "end", ""
            if rest:
                raise self.error("unexpected character")
            return left
        self.kind = match.lastgroup or ""
        self.start = match.start(self.kind)
        self.value = match.group(self.kind)
        self.position = match.end()
        return left

    def at(self, mark: str) -> bool:
        """Whether the cursor is at this punctuation mark."""
        return self.kind == "mark" and self.value == mark

    def expect(self, mark: str, why: str) -> None:
        """Step over `mark`, or say what was expected."""
        if not self.at(mark):
            raise self.error(f"expected '{mark}' {why}")
        self.advance()

    def error(self, what: str) -> PipelineSyntaxError:
        """An error at the cursor, quoting the text from there."""
        near = self.text[self.start : self.start + 24] or "end of text"
        return PipelineSyntaxError(
            f"pass pipeline, column {self.start + 1}: {what} at '{near}'; "
            "write builtin.module(pass,other-pass{key=value other=value})"
        )


def parse_pipeline_text(text: str) -> tuple[ArgSpec, ...]:
    """The passes of a pipeline in order, anchors flattened; an empty text is an empty pipeline.

    Raises `PipelineSyntaxError` on malformed text.
    """
    tokens = _Tokens(text)
    if tokens.kind == "end":
        return ()
    specs = tuple(_elements(tokens))
    if tokens.kind != "end":
        raise tokens.error("expected ',' or the end")
    return specs


def _elements(tokens: _Tokens) -> Iterator[ArgSpec]:
    yield from _element(tokens)
    while tokens.at(","):
        tokens.advance()
        yield from _element(tokens)


def _element(tokens: _Tokens) -> Iterator[ArgSpec]:
    if tokens.kind != "word":
        raise tokens.error("expected the name of a pass")
    start = tokens.start
    name = tokens.advance()
    if tokens.at("("):
        if name != ANCHOR:
            tokens.start = start
            raise tokens.error(f"passes run on '{ANCHOR}' only, not on '{name}'")
        tokens.advance()
        if not tokens.at(")"):
            yield from _elements(tokens)
        tokens.expect(")", f"to close '{ANCHOR}('")
    elif tokens.at("{"):
        tokens.advance()
        yield ArgSpec(name, _options(tokens, name))
    else:
        yield ArgSpec(name, {})


def _options(tokens: _Tokens, name: str) -> dict[str, ParameterListType]:
    """The options up to and over the closing brace."""
    options: dict[str, ParameterListType] = {}
    while not tokens.at("}"):
        if tokens.kind != "word":
            raise tokens.error(f"expected an option of '{name}' or '}}'")
        key = tokens.advance()
        if key in options:
            raise tokens.error(f"option '{key}' of '{name}' is given twice")
        values: list[ParameterType] = []
        if tokens.at("="):
            tokens.advance()
            values.append(_value(tokens, key))
            while tokens.at(","):
                tokens.advance()
                values.append(_value(tokens, key))
        options[key] = tuple(values)
    tokens.advance()
    return options


def _value(tokens: _Tokens, key: str) -> ParameterType:
    if tokens.kind == "string":
        return re.sub(r"\\(.)", r"\1", tokens.advance()[1:-1])
    if tokens.kind != "word":
        raise tokens.error(f"expected a value for '{key}'")
    word = tokens.advance()
    if word in ("true", "false"):
        return word == "true"
    if _INT.fullmatch(word):
        return int(word)
    if _FLOAT.fullmatch(word):
        return float(word)
    return word
