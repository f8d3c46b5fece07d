"""The version of the package, recorded in what it writes."""

VERSION = "0.1.0"
