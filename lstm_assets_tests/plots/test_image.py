from lstm_assets.plots.image import image
from lstm_assets_tests.plots.pictures import GITHUB, plain, svg_of


def test_an_image_comes_out_of_its_markdown_as_it_went_in() -> None:
    text = '<text x="1">(50 % &amp; #1) `a` \\ é</text>'
    svg = f"<svg xmlns='http://www.w3.org/2000/svg'>{text}</svg>"

    _, inline, _ = GITHUB.parse(image(svg, "a [picture]"))

    assert inline.children is not None
    (token,) = inline.children
    assert plain(token) == "a [picture]"
    (written,) = svg_of(token)
    assert written.text == "(50 % & #1) `a` \\ é"
    assert written.attrib == {"x": "1"}
