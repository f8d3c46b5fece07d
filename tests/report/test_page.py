"""The page as text: complete in itself, names escaped."""

import html
import re
from dataclasses import replace

import pytest

from nmc.report import report_page
from nmc.targets import load_target
from tests.report.a_run import MANIFEST, a_run

TITLES = (
    "Timeline", "Where the cycles went", "Roofline", "Estimated and measured", "Bank conflicts",
    "Memory map of L1", "Memory map of L2", "Functions",
)  # fmt: skip


@pytest.fixture(scope="module")
def page() -> str:
    return report_page(MANIFEST, a_run(), load_target("vega"))


def own_part(page: str) -> str:
    """The page without the plotting library."""
    start = page.index("<script>")
    return page[:start] + page[page.index("</head>") :]


def test_all_sections_are_there(page: str) -> None:
    headings = re.findall(r"<h2>(.*?)</h2>", own_part(page))
    assert tuple(html.unescape(heading) for heading in headings) == TITLES


def test_numbers_at_the_top(page: str) -> None:
    facts = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page))
    assert facts["cycles"] == "1,600"
    assert facts["dense MAC/cycle"] == "11.52"
    assert facts["estimated cycles"] == "1,300 (-18.8 %)"
    assert facts["input"] == "random:7"
    assert facts["DMA busy"] == "15.6 % of cycles, 20.0 % of it overlapped"
    assert facts["L3 busy"] == "18.8 % of cycles, 50.0 % of it overlapped"


def test_nothing_is_loaded_from_elsewhere(page: str) -> None:
    own = own_part(page)
    assert not re.search(r"""(src|href)\s*=\s*["'](?!#|data:)""", own)
    assert "url(" not in own
    assert "http" not in own
    assert len(page) > 1_000_000  # the library is in it


def test_names_are_escaped(page: str) -> None:
    own = own_part(page)
    assert "a &lt;/script&gt; &amp; &lt;b&gt;" in own
    assert "kernel&lt;1&gt;" in own
    assert own.count("</script>") == 1


def test_a_run_without_profile_has_the_rest() -> None:
    own = own_part(report_page(MANIFEST, a_run(profile=False), load_target("vega")))
    headings = re.findall(r"<h2>(.*?)</h2>", own)
    assert tuple(headings) == TITLES[1:-1]
    assert "DMA busy" not in own


def test_a_program_without_layers_has_its_timeline() -> None:
    manifest, run = replace(MANIFEST, layers=()), replace(a_run(), layers=())
    page = own_part(report_page(manifest, run, load_target("vega")))
    assert re.findall(r"<h2>(.*?)</h2>", page) == ["Timeline", "Functions"]
