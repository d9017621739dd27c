"""Draw the home-screen icons from static/icons/emblem.svg, on red to the edge: phones cut them to their own shape.

.venv/bin/python bench/icons.py            needs Chromium (CHROMIUM, or chromium on the path)
"""

import os
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

ICONS = Path(__file__).resolve().parent.parent / "static" / "icons"
SIZES = (192, 512)
STYLE = "body { margin: 0; background: #9b1c1f } svg { display: block }"


def main():
    emblem = (ICONS / "emblem.svg").read_text()
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for size in SIZES:
            page = browser.new_page(viewport={"width": size, "height": size})
            page.set_content(f"<style>{STYLE}</style>{emblem}")
            page.screenshot(path=ICONS / f"icon-{size}.png")
        browser.close()


if __name__ == "__main__":
    main()
