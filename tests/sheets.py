"""Read a PDF back as the sheets that it prints, with poppler; where that is missing, a test says so."""

import shutil
import subprocess
from pathlib import Path

import pytest


def sheets_of(pdf: Path, way: str = "-layout") -> list[str]:
    """Return what stands on each sheet: as it is laid out or, with "-raw", in the order in which it was drawn."""
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("pdftotext is not here: install Debian's poppler-utils")
    said = subprocess.run([program, way, pdf, "-"], check=True, capture_output=True, text=True).stdout
    return said.split("\f")[:-1]
