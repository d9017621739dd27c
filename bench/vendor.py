"""Refresh what static/ takes from npm: the cut Tabler stylesheet, the icon sprite and scripts. The result is committed.

    .venv/bin/python bench/vendor.py            all of it, from the versions named here (needs npm)

Only a developer who changes a version, keeps another class or adds an icon runs this; make never does.
"""

import hashlib
import json
import re
import subprocess
import tarfile
import tempfile
from base64 import b64encode
from math import cos, radians, sin
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"
SPRITE = ROOT / "static" / "icons" / "sprite.svg"
EMBLEM = ROOT / "static" / "icons" / "emblem.svg"
TABLER = "@tabler/core@1.6.1"
ICONS = "@tabler/icons@3.51.0"
# Taken as they are: package → (folder under static/vendor, the files that are used and their licence).
SCRIPTS = {
    "idb@8.0.4": ("idb", {"build/umd.js": "idb.js", "LICENSE": "LICENSE.txt"}),
    "js-sha256@1.0.0": ("js-sha256", {"build/sha256.min.js": "sha256.js", "LICENSE.txt": "LICENSE.txt"}),
    "exifr@7.1.3": ("exifr", {"dist/mini.umd.js": "exifr.js", "LICENSE": "LICENSE.txt"}),
    "leaflet@1.9.4": (
        "leaflet",
        {"dist/leaflet.js": "leaflet.js", "dist/leaflet.css": "leaflet.css", "LICENSE": "LICENSE.txt"},
    ),
    "leaflet.markercluster@1.5.3": (
        "leaflet-markercluster",
        {
            "dist/leaflet.markercluster.js": "markercluster.js",
            "dist/MarkerCluster.css": "markercluster.css",
            "MIT-LICENCE.txt": "LICENSE.txt",
        },
    ),
    "jsqr@1.4.0": ("jsqr", {"dist/jsQR.js": "jsqr.js", "LICENSE": "LICENSE.txt"}),
}

# The symbols the templates and the menu name, one a line; a test tells when one is missing.
SYMBOLS = (ROOT / "bench" / "symbols.txt").read_text().split()

# Families of classes that may stay, of Tabler's 635 KB; of these what a template, a script or crispy names does.
KEPT = re.compile(
    r"""^(
    container(-\w+)?|row(-cols)?(-\w+)*|col(-\w+)*|offset(-\w+)*|g[xy]?-\w+|order(-\w+)*
    |btn(-(primary|secondary|success|warning|danger|link|icon|sm|lg|list|close|group(-vertical)?|outline-\w+|check))?|disabled|active|show
    |form-.*|input-.*|was-validated|is-(in)?valid|(in)?valid-feedback|col-form-label.*|required
    |table(-(sm|bordered|borderless|striped|hover|responsive(-\w+)?|vcenter|nowrap|active))?|caption-top
    |card(-(header|body|footer|title|subtitle|text|table|actions|sm|md|lg|stacked|link|group|img.*))?
    |alert(-(success|info|warning|danger|dismissible|heading|link|icon|title|description|important))?
    |list-(group(-[\w-]+)?|unstyled|inline(-item)?)|row-.*|datagrid(-\w+)?
    |(d|flex|justify|align|gap|row-gap|column-gap|order|float|overflow|position|object)-[\w-]+
    |position-\w+|sticky-top|[mp][tbsexy]?(-\w+)*-?\w*|w-\w+|h-\w+|mw-\w+|mh-\w+|vw-\w+|vh-\w+|min-\w+-\w+
    |text-(start|end|center|(sm|md|lg|xl)-\w+|nowrap|wrap|break|truncate|decoration-\w+|lowercase|uppercase|capitalize|reset|body|secondary|muted|danger|success|warning|primary|white)
    |fw-\w+|fst-\w+|fs-\w+|lh-\w+|font-monospace|small|lead|h[1-6]|display-\d|strong|subheader|hr(-\w+)*|markdown
    |border(-(0|top|end|bottom|start|\d|top-0|end-0|bottom-0|start-0))?|rounded(-\w+)*|shadow(-\w+)?
    |visually-hidden(-focusable)?|visible|invisible|stretched-link|vr|hstack|vstack|ratio(-\w+)?|img-fluid|img-thumbnail
    |figure(-\w+)?|blockquote(-footer)?|spinner-border(-sm)?|clearfix|cursor-\w+|asteriskField|requiredField
    |fieldset|legend|initialism|mark|disabled|collapsed|space-y(-\d)?|page(-\w+)?|icon|icon-\w+|space-x(-\d)?
    )$""",
    re.VERBOSE,
)


# What was cut out of Tabler though its family stays, for the test that no template names any of it.
LEFT_OUT = ROOT / "bench" / "tabler_left_out.txt"
# The part after the hyphen is filled in by templates: a tone.
COMPOSED = ("btn-",)


def named():
    """Every word of our templates, scripts and views, and of what draws forms for us: among them the classes in use."""
    from importlib.util import find_spec

    crispy = [Path(find_spec(name).origin).parent for name in ("crispy_forms", "crispy_bootstrap5")]
    apps = [ROOT / name for name in ("cityinit", "units", "campaigns", "inspections", "reports", "static/js")]
    files = [file for folder in (ROOT / "templates", *apps, *crispy) for file in folder.rglob("*")]
    texts = [file.read_text() for file in files if file.suffix in (".html", ".py", ".js") and file.is_file()]
    return {word for text in texts for word in re.findall(r"[\w-]+", text)}


NAMED = named()
left_out = set()


def packed(spec, names):
    """The wanted files of one npm package, with its package.json read."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", spec, "--silent"], check=True, cwd=folder, capture_output=True)
        (tarball,) = Path(folder).glob("*.tgz")
        with tarfile.open(tarball) as tar:
            files = {m.name.partition("/")[2]: tar.extractfile(m).read() for m in tar if m.isfile() and names(m.name)}
    return json.loads(files["package.json"]), files


def cut(css):
    """The stylesheet with the KEPT classes only, without comments, in colours that old browsers know."""
    css = re.sub(r"/\*(?!!).*?\*/", "", css, flags=re.S)
    css = re.sub(r"oklch\(([\d.]+)% ([\d.]+) ([\d.]+)deg\)", lambda m: hexed(*map(float, m.groups())), css)
    css = used_variables("".join(rules(light_only(css))))
    return mixed(css)


def light_only(css):
    """light-dark(a, b) as a: there is one look, and browsers before 2024 do not know the function."""
    while (at := css.find("light-dark(")) >= 0:
        end = closing(css, at + len("light-dark("))
        light = split_at_commas(css[at + len("light-dark(") : end])[0]
        css = css[:at] + light + css[end + 1 :]
    return css


def mixed(css):
    """color-mix() worked out where it thins a colour of :root; browsers before 2023 would drop the declaration."""
    root = dict(re.findall(r"(--tblr-[\w-]+):(#[0-9a-f]{3,6}|var\(--tblr-[\w-]+\))(?=[;}])", css))

    def thinned(match):
        value = match[1]
        while value.startswith("var("):
            value = root.get(value[4:-1], "")
        if not value:
            return match[0]
        digits = value[1:] if len(value) == 7 else "".join(2 * digit for digit in value[1:])
        red, green, blue = (int(digits[at : at + 2], 16) for at in (0, 2, 4))
        return f"rgba({red},{green},{blue},{float(match[2]) / 100:g})"

    return re.sub(r"color-mix\(in \w+, ?(#[0-9a-f]+|var\(--[\w-]+\)) ([\d.]+)%, ?transparent\)", thinned, css)


def closing(css, at):
    depth = 1
    while depth:
        depth += (css[at] == "(") - (css[at] == ")")
        at += 1
    return at - 1


def rules(css):
    for head, body in blocks(css):
        if body is None:
            yield head
        elif head.startswith(("@media", "@supports", "@layer")):
            if inner := "".join(rules(body)):
                yield f"{head}{{{inner}}}"
        elif head.startswith("@"):
            yield f"{head}{{{body}}}"
        elif kept := [s for s in split_at_commas(head) if wanted(s)]:
            yield f"{','.join(kept)}{{{body}}}"


def blocks(css):
    """(head, body) of each block at this level; (statement, None) for one that has no block."""
    start = depth = opened = 0
    quote = ""
    for at, char in enumerate(css):
        if quote:
            quote = "" if char == quote and css[at - 1] != "\\" else quote
        elif char in "\"'":
            quote = char
        elif char == "{":
            opened, depth = (at, 1) if depth == 0 else (opened, depth + 1)
        elif char == "}":
            depth -= 1
            if depth == 0:
                yield strip_comments(css[start:opened]), css[opened + 1 : at]
                start = at + 1
        elif char == ";" and depth == 0:
            yield css[start : at + 1], None
            start = at + 1


def strip_comments(head):
    return re.sub(r"/\*.*?\*/", "", head, flags=re.S).strip()


def split_at_commas(text):
    parts, depth = [""], 0
    for char in text:
        depth += (char in "([") - (char in ")]")
        if char == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return parts


def wanted(selector):
    if re.search(r"data-bs-theme=\"?dark|\[dir=\"?rtl|:rtl|data-bs-theme-", selector):
        return False
    # What stands inside :not() is no demand.
    asked = re.sub(r":not\([^()]*(\([^()]*\))*[^()]*\)", "", selector)
    names = [name.replace("\\", "") for name in re.findall(r"\.((?:\\.|[\w-])+)", asked)]
    if not all(map(KEPT.match, names)):
        return False
    missing = {name for name in names if name not in NAMED and not name.startswith(COMPOSED)}
    left_out.update(missing)
    return not missing


def used_variables(css):
    """Without the custom properties that no remaining rule reads."""
    while True:
        smaller = without_unread(css, read=set(re.findall(r"var\((--[\w-]+)", css)))
        if smaller == css:
            return css
        css = smaller


def without_unread(css, *, read):
    value = r"(?:[^;{}\"']|\"[^\"]*\"|'[^']*')*"
    css = re.sub(rf"(--[\w-]+):{value}(;|(?=\}}))", lambda match: match[0] if match[1] in read else "", css)
    return re.sub(r"[^{};]+\{\}", "", css)


def hexed(lightness, chroma, hue):
    """oklch as #rrggbb: browsers before 2023, common in offices, do not know oklch."""
    a, b, light = chroma * cos(radians(hue)), chroma * sin(radians(hue)), lightness / 100
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(255 * gamma(min(max(part, 0), 1))):02x}" for part in linear)


def gamma(part):
    return 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055


def sprite(files):
    symbols = []
    for name in sorted(set(SYMBOLS)):
        drawing = files[f"icons/outline/{name}.svg"].decode()
        paths = "".join(re.findall(r"<(?:path|circle|rect|line|polyline|ellipse)\b[^>]*/>", drawing, re.S))
        paths = re.sub(r"\s+", " ", re.sub(r'<path stroke="none"[^>]*/>', "", paths))
        symbols.append(
            f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" '
            f'stroke-linecap="round" stroke-linejoin="round">{paths}</symbol>'
        )
    # Our own emblem rides along: one request less on every page.
    drawing = re.search(r"<svg[^>]*>(.*)</svg>", EMBLEM.read_text(), re.S)[1]
    symbols.append(f'<symbol id="emblem" viewBox="0 0 48 48">{" ".join(drawing.split())}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def whole(name, files):
    """A file with its pictures inside, and without what only old browsers or debuggers would ask for."""
    if not name.endswith((".css", ".js")):
        return files[name]
    text = re.sub(r"\n//# sourceMappingURL=\S+", "", files[name].decode())
    if name.endswith(".css"):
        text = re.sub(r"[^{}]+\{[^{}]*url\(#default#VML\)[^{}]*\}", "", text)
        text = re.sub(r"url\((images/[\w.-]+)\)", lambda found: f"url({inlined(found[1], files)})", text)
    return text.replace("url(#default#VML)", "").encode()


def inlined(name, files):
    return f"data:image/png;base64,{b64encode(files[f'dist/{name}']).decode()}"


def keep(listing, meta, path, data, *, made_from):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    listing.append(
        {
            "package": meta["name"],
            "version": meta["version"],
            "licence": meta["license"],
            "made_from": made_from,
            "file": str(path.relative_to(ROOT / "static")),
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
    )


def main():
    listing = []
    meta, files = packed(TABLER, lambda n: n in ("package/dist/css/tabler.min.css", "package/package.json"))
    source = "dist/css/tabler.min.css"
    keep(listing, meta, VENDOR / "tabler" / "tabler.css", cut(files[source].decode()).encode(), made_from=source)
    LEFT_OUT.write_text("\n".join(sorted(left_out)) + "\n")
    # The package ships no licence file of its own; the text is the one its icons carry, by the same authors.
    wanted_files = ("package/icons/outline/", "package/package.json", "package/LICENSE")
    meta, files = packed(ICONS, lambda n: n.startswith(wanted_files))
    keep(listing, meta, SPRITE, sprite(files).encode(), made_from="icons/outline/*.svg")
    keep(listing, meta, VENDOR / "tabler" / "LICENSE.txt", files["LICENSE"], made_from="LICENSE")
    for spec, (folder, names) in SCRIPTS.items():
        paths = ("package/package.json", *(f"package/{name}" for name in names))
        meta, files = packed(spec, lambda n, paths=paths: n in paths or n.startswith("package/dist/images/"))
        for name, kept in names.items():
            keep(listing, meta, VENDOR / folder / kept, whole(name, files), made_from=name)
    (VENDOR / "VENDOR.json").write_text(json.dumps(listing, indent=1) + "\n")
    for entry in listing:
        print(f"{entry['file']}: {entry['bytes']} bytes")


if __name__ == "__main__":
    main()
