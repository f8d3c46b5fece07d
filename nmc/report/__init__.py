"""Reports of compiled programs and their runs, for a browser."""

from nmc.report.page import report_page

__all__ = ["report_page"]
