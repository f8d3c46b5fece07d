"""The table of errors of estimates."""

from benchmarks.estimates import CASES, Layer, furthest, runs, summary


def _layers(form: str, *pairs: tuple[int, int]) -> list[Layer]:
    return [Layer("net", form, "none", f"l{i}", "k", *pair) for i, pair in enumerate(pairs)]


def test_errors_are_relative_to_what_was_measured() -> None:
    layers = _layers("dense", (99, 100), (80, 100), (103, 100)) + _layers("1:8", (110, 100))
    dense, sparse, every = summary(layers).rows
    assert dense == ["net", "dense", "none", "3", "3.0%", "20.0%", "-20.0%", "l1", "-6.0%"]
    assert sparse[3:] == ["1", "10.0%", "10.0%", "+10.0%", "l0", "+10.0%"]
    assert every[3:] == ["4", "6.5%", "20.0%", "-20.0%", "l1", "-2.0%"]


def test_layers_further_off_than_a_tenth_are_listed_the_furthest_first() -> None:
    rows = furthest(_layers("dense", (130, 100), (109, 100), (60, 100), (889, 1000))).rows
    assert [row[3] for row in rows] == ["l2", "l0", "l3"]


def test_networks_of_one_operator_are_measured_first_and_can_be_left_out() -> None:
    assert [name for name, _ in runs(None)][:2] == ["small-dense", "small-1-8"]
    assert [name for name, _ in runs(["bert-tiny"])] == [
        "bert-tiny-dense", "bert-tiny-1-8-linear", "bert-tiny-1-8-linear-xnm",
    ]  # fmt: skip


def test_cases_have_names_of_their_own() -> None:
    names = [(case.name, case.form, case.features) for case in CASES]
    assert len(set(names)) == len(names)
    assert ("resnet18", "1:8 1 core", "none") in names
    assert ("vit-tiny", "1:8 linear", "xnm") in names
    assert len({name for name, _ in runs(None)}) == len(names) + 2
