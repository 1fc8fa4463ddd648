"""Prints invoices as PDF files with Typst, which brings its own fonts and needs no system libraries."""

from dataclasses import asdict
from functools import cached_property
from pathlib import Path

import msgspec
import typst

from backend.invoicing.ports import Paper

TEMPLATE = Path(__file__).with_name("invoice.typ")


class TypstPrinter:
    """Carries out `invoicing.ports.InvoicePrinter`. Names in scripts that its fonts lack use the machine's fonts."""

    def pdf(self, paper: Paper) -> bytes:
        """A tagged PDF. It is dated with the invoice, so that the same paper gives the same bytes."""
        said = msgspec.json.encode(asdict(paper)).decode()
        compiler = typst.Compiler(TEMPLATE.read_bytes(), font_paths=self._fonts)
        printed = compiler.compile(
            format="pdf", sys_inputs={"paper": said}, timestamp=paper.dated.replace(microsecond=0)
        )
        assert isinstance(printed, bytes), "one PDF file holds all pages"
        return printed

    @cached_property
    def _fonts(self) -> typst.Fonts:
        """Found once: looking through the machine's fonts takes longer than an invoice."""
        return typst.Fonts()
