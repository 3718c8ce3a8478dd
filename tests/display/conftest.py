"""What tests of print share with those in real windows."""

from tests.browser.conftest import chromium

__all__ = ("chromium",)
