"""The text of pipelines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xdsl.utils.arg_spec import ArgSpec

from nmc.errors import NmcError
from nmc.pipelines.spec import parse_pipeline_text

NAMES = st.from_regex(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", fullmatch=True)
VALUES = st.one_of(st.integers(), st.booleans(), st.sampled_from(["vega", "1:8", "a/b.toml", ""]))
OPTIONS = st.dictionaries(NAMES, st.lists(VALUES, max_size=3).map(tuple), max_size=3)


def test_wrapper_is_optional_and_nests() -> None:
    expected = (ArgSpec("a", {}), ArgSpec("b", {"x": (1,), "y": (2,)}), ArgSpec("c", {}))
    assert parse_pipeline_text("a,b{x=1 y=2},c") == expected
    assert parse_pipeline_text("builtin.module(a,b{x=1 y=2},c)") == expected
    assert (
        parse_pipeline_text(" builtin.module( a , builtin.module(b{ x=1 y=2 }), c ) ") == expected
    )


def test_values_have_types() -> None:
    (spec,) = parse_pipeline_text('p{flag yes=true n=-3 f=1.5 w=1:8 s="a b,{\\"" l=1,2,x}')
    assert spec.parameters == {
        "flag": (),
        "yes": (True,),
        "n": (-3,),
        "f": (1.5,),
        "w": ("1:8",),
        "s": ('a b,{"',),
        "l": (1, 2, "x"),
    }


@pytest.mark.parametrize("text", ["", "  ", "builtin.module()"])
def test_empty(text: str) -> None:
    assert parse_pipeline_text(text) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,,b", "column 3: expected the name of a pass at ',b'"),
        ("a,", "expected the name of a pass at 'end of text'"),
        ("a b", "column 3: expected ',' or the end at 'b'"),
        ("a{x=}", "expected a value for 'x'"),
        ("a{x=1", "expected an option of 'a' or '}'"),
        ("a{x=1 x=2}", "option 'x' of 'a' is given twice"),
        ("func.func(a)", "passes run on 'builtin.module' only, not on 'func.func'"),
        ("builtin.module(a", "expected ')' to close"),
        ('a{x="}', "unexpected character"),
    ],
)
def test_errors_name_the_place(text: str, said: str) -> None:
    with pytest.raises(NmcError) as error:
        parse_pipeline_text(text)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@given(st.lists(st.tuples(NAMES, OPTIONS), min_size=1, max_size=4))
def test_printed_specs_parse_back(
    passes: list[tuple[str, dict[str, tuple[int | str, ...]]]],
) -> None:
    specs = tuple(ArgSpec(name, dict(options)) for name, options in passes)
    assert parse_pipeline_text(",".join(str(spec) for spec in specs)) == specs
