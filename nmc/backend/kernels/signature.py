"""Names of kernel functions: everything static about one, readable."""

from nmc.dialects.tile import RequantAttr
from nmc.numerics.window import Window


def number(value: int) -> str:
    """A number as part of a symbol: n for minus."""
    return f"n{-value}" if value < 0 else str(value)


def requant_name(requant: RequantAttr) -> str:
    """s12zn3 and so on: shift, zero point (clamped, it is data), bounds, clamp where it matters."""
    text = f"s{requant.shift.data}"
    if requant.kind != "clamped":
        text += f"z{number(requant.zero_point.data)}"
    text += f"_{number(requant.lo.data)}to{number(requant.hi.data)}"
    if requant.acc_bits.data:
        text += f"_sat{requant.acc_bits.data}"
    return text


def window_name(window: Window) -> str:
    """Geometry of a window."""
    parts = [
        f"{window.height}x{window.width}x{window.channels}",
        "k" + "x".join(map(str, window.kernel)),
        "s" + "x".join(map(str, window.stride)),
        "p" + "x".join(map(str, window.pad)),
    ]
    if window.dilation != (1, 1):
        parts.append("d" + "x".join(map(str, window.dilation)))
    return "_".join([*parts, f"w{window.out_width}"])


def sign_name(unsigned: bool) -> str:
    """u8 or i8."""
    return "u8" if unsigned else "i8"
