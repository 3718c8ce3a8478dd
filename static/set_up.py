"""Copy what the pages take from npm to where it is served: nhsuk-frontend without remote fonts and logo; axe for tests.

Run after `npm ci`. Rule: nothing that is served may name another host.
"""

import re
import shutil
import sys
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent
NHSUK = HOUSE / "node_modules/nhsuk-frontend/dist/nhsuk"
SERVED = HOUSE / "static/vendor/nhsuk"
AXE = HOUSE / "node_modules/axe-core/axe.min.js"

_FONT_FACE = re.compile(r"@font-face\{[^}]*\}")
_SOURCE_MAP = re.compile(r"^/[/*]# sourceMappingURL=.*$", re.MULTILINE)
_ELSEWHERE = re.compile(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}/", re.IGNORECASE)


def main() -> None:
    """Copy everything, or say what is missing and stop."""
    if not NHSUK.is_dir() or not AXE.is_file():
        sys.exit("nhsuk-frontend or axe-core is not installed: run npm ci first")
    (SERVED / "images").mkdir(parents=True, exist_ok=True)
    style = plain_style((NHSUK / "nhsuk-frontend.min.css").read_text("utf-8"))
    (SERVED / "nhsuk-frontend.min.css").write_text(style, "utf-8")
    script = _SOURCE_MAP.sub("", (NHSUK / "nhsuk-frontend.min.js").read_text("utf-8"))
    (SERVED / "nhsuk-frontend.min.js").write_text(script, "utf-8")
    for image in re.findall(r"url\(images/([a-z-]+\.svg)", style):
        shutil.copyfile(NHSUK / "assets/images" / image, SERVED / "images" / image)
    (HOUSE / "tests/vendor").mkdir(exist_ok=True)
    shutil.copyfile(AXE, HOUSE / "tests/vendor/axe.min.js")


def plain_style(style: str) -> str:
    """Return the style sheet in Arial, with its images beside it, or stop when it still names another host."""
    plain = _SOURCE_MAP.sub("", _FONT_FACE.sub("", style))
    plain = plain.replace("Frutiger W01,arial", "Arial").replace("url(/assets/images/", "url(images/")
    if elsewhere := _ELSEWHERE.search(plain):
        sys.exit(f"nhsuk-frontend's style sheet names another host: {elsewhere.group()}")
    return plain


if __name__ == "__main__":
    main()
