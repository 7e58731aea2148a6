import io

from rich.console import Console

from lstm_assets.cli.progress_bar import BarProgress


def test_what_people_should_know_now_is_a_line_with_its_brackets() -> None:
    shown = io.StringIO()

    with BarProgress(Console(file=shown, width=120)) as bar:
        bar.show_line("another run is training study T; waiting for [its] end")

    assert "another run is training study T; waiting for [its] end\n" in shown.getvalue()
