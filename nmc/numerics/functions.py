"""ONNX's elementwise functions on real numbers, by operator name, in float64."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Attributes = Mapping[str, float | str]


@dataclass(frozen=True)
class OneInput:
    """A function of one number: its operator's attributes with their defaults, and its values.

    An attribute that is a text has the values ONNX allows in `choices`, the default first.
    """

    evaluate: Callable[[Floats, Attributes], Floats]
    numbers: Mapping[str, float] = field(default_factory=dict[str, float])
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


def _number(attributes: Attributes, name: str) -> float:
    return float(attributes[name])


def _erf(x: Floats) -> Floats:
    return np.array([math.erf(value) for value in x.reshape(-1)]).reshape(x.shape)


def _sigmoid(x: Floats) -> Floats:
    return 1 / (1 + np.exp(-x))


def _gelu(x: Floats, attributes: Attributes) -> Floats:
    if attributes["approximate"] == "tanh":
        return x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2
    return x * (1 + _erf(x / math.sqrt(2))) / 2


def _elu(x: Floats, alpha: float) -> Floats:
    return np.where(x < 0, alpha * np.expm1(np.minimum(x, 0)), x)


def _selu(x: Floats, attributes: Attributes) -> Floats:
    return _number(attributes, "gamma") * _elu(x, _number(attributes, "alpha"))


def _hard_sigmoid(x: Floats, attributes: Attributes) -> Floats:
    line = _number(attributes, "alpha") * x + _number(attributes, "beta")
    return np.clip(line, 0, 1)


def _leaky(x: Floats, attributes: Attributes) -> Floats:
    return np.where(x < 0, _number(attributes, "alpha") * x, x)


def _plain(function: Callable[[Floats], Floats]) -> OneInput:
    return OneInput(lambda x, _: function(x))


ONE_INPUT: dict[str, OneInput] = {
    "Abs": _plain(np.abs),
    "Elu": OneInput(lambda x, a: _elu(x, _number(a, "alpha")), {"alpha": 1.0}),
    "Erf": _plain(_erf),
    "Exp": _plain(np.exp),
    "Gelu": OneInput(_gelu, choices={"approximate": ("none", "tanh")}),
    "HardSigmoid": OneInput(_hard_sigmoid, {"alpha": 0.2, "beta": 0.5}),
    "HardSwish": _plain(lambda x: x * np.clip(x / 6 + 0.5, 0, 1)),
    "LeakyRelu": OneInput(_leaky, {"alpha": 0.01}),
    "Log": _plain(np.log),
    "Mish": _plain(lambda x: x * np.tanh(np.logaddexp(0, x))),
    "Neg": _plain(np.negative),
    "Reciprocal": _plain(lambda x: 1 / x),
    "Selu": OneInput(
        _selu, {"alpha": 1.67326319217681884765625, "gamma": 1.05070102214813232421875}
    ),
    "Sigmoid": _plain(_sigmoid),
    "Softplus": _plain(lambda x: np.logaddexp(0, x)),
    "Softsign": _plain(lambda x: x / (1 + np.abs(x))),
    "Sqrt": _plain(np.sqrt),
    "Tanh": _plain(np.tanh),
}
"""Functions of one tensor."""

TWO_INPUTS: dict[str, Callable[[Floats, Floats], Floats]] = {
    "Add": np.add,
    "Div": np.divide,
    "Mul": np.multiply,
    "Pow": np.power,
    "Sub": np.subtract,
}
"""Functions of two tensors."""
