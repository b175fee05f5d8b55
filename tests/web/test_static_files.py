"""What we serve of others is what they published, and nothing of the page is inline or from elsewhere."""

import hashlib
import re

from mispriced.web.pages import STATIC, TEMPLATES

VENDOR = STATIC / "vendor"


def test_vendored_files_have_their_checksums():
    lines = (VENDOR / "SHA256SUMS").read_text().splitlines()
    listed: dict[str, str] = {name: checksum for checksum, name in map(str.split, lines)}
    found = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in VENDOR.iterdir()
        if file.name not in ("SHA256SUMS", "NOTICE")
    }
    assert found == listed
    assert "uPlot.iife.min.js" in listed


def test_templates_have_no_inline_script_style_or_handler():
    for template in TEMPLATES.iterdir():
        text = template.read_text(encoding="utf-8")
        assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", text) == [], template.name


def test_no_file_of_ours_sets_markup_or_names_another_host():
    for file in [*STATIC.rglob("*.js"), *STATIC.rglob("*.css"), *TEMPLATES.iterdir()]:
        if VENDOR not in file.parents:
            text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
            assert (
                re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|https?://", text) == []
            ), file
