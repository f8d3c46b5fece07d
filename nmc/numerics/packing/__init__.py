"""Byte formats of packed weights: what lies in memory, independent of who computes with it."""

from nmc.numerics.packing.accumulate import AccumulateFormat
from nmc.numerics.packing.channels import ChannelPairFormat
from nmc.numerics.packing.dense import DenseFormat
from nmc.numerics.packing.depthwise import DepthwiseFormat
from nmc.numerics.packing.depthwise_line import DepthwiseLineFormat
from nmc.numerics.packing.gather import GatherFormat
from nmc.numerics.packing.pair import PairFormat
from nmc.numerics.packing.record import Bytes, RecordFormat, Weights, round_up
from nmc.numerics.packing.sparse import SparseFormat
from nmc.numerics.packing.walk import WalkFormat

__all__ = [
    "AccumulateFormat",
    "Bytes",
    "ChannelPairFormat",
    "DenseFormat",
    "DepthwiseFormat",
    "DepthwiseLineFormat",
    "GatherFormat",
    "PairFormat",
    "RecordFormat",
    "SparseFormat",
    "WalkFormat",
    "Weights",
    "round_up",
]
