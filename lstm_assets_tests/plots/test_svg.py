import io
from xml.etree import ElementTree as ET

import matplotlib
from matplotlib.figure import Figure

from lstm_assets.plots.svg import shortened


def drawn() -> str:
    figure = Figure(figsize=(4, 3))
    axes = figure.subplots()
    axes.plot([1, 2, 3], [0.001, 0.002, 0.003], "o--", label="a 0.12345 <b> & \"c\" 'd'")
    axes.legend()
    axes.set_ylabel("up")
    file = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none"}):
        figure.savefig(file, format="svg")
    return file.getvalue()


def test_all_that_is_written_and_drawn_stays() -> None:
    before, after = ET.fromstring(drawn()), ET.fromstring(shortened(drawn()))

    for name in ("text", "use"):
        found = [
            [each.text for each in svg.iter(f"{{http://www.w3.org/2000/svg}}{name}")]
            for svg in (before, after)
        ]
        assert found[0] == found[1]
    assert "a 0.12345 <b> & \"c\" 'd'" in "".join(after.itertext())


def test_a_picture_is_made_less_than_half_as_long() -> None:
    assert len(shortened(drawn())) < len(drawn()) / 2


def test_paths_are_rounded_and_a_line_that_goes_nowhere_is_a_dot() -> None:
    svg = """<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg"><defs><style type="text/css"></style></defs>
 <g id="line_1">
  <path d="M 1.26 2
L 1.26 2
M 3 4.04
L 10.449 -5
z
" clip-path="url(#p1)" style="fill: none; stroke: #222222"/>
 </g>
</svg>"""

    assert shortened(svg) == (
        '<svg xmlns="http://www.w3.org/2000/svg"><defs>'
        '<style type="text/css">.s0{fill:none;stroke:#222222}</style></defs>'
        '<path d="M1.3,2h0M3,4.0L10.4,-5z" class="s0"/></svg>'
    )
