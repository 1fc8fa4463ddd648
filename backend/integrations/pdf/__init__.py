"""Paper: invoices as PDF files."""

from backend.integrations.pdf.printer import TypstPrinter

__all__ = ["TypstPrinter"]
