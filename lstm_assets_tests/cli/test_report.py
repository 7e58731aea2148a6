"""What `lstm-assets report` writes: one page that opens without a network, and says what is so."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest

from lstm_assets_tests.site import Done, Site
from lstm_assets_tests.studies import SPACE, prices, write_study

# Elements that have no end, and all that would fetch or run something.
VOID = {"meta", "img", "br", "hr"}
FORBIDDEN = {"script", "link", "iframe", "object", "embed", "base", "form", "video", "audio"}


class Page(HTMLParser):
    """A page, read strictly: every element that begins ends, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text, self.words, self.styles = text, "", ""
        self.open: list[str] = []
        self.pictures: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in FORBIDDEN
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names))
        assert not any(name.startswith("on") for name in names)
        for name, value in attrs:
            if name in ("src", "href", "srcset", "action", "data", "poster", "background"):
                assert (value or "").startswith("data:image/svg+xml,"), (tag, name, value)
        self.pictures += [value or "" for name, value in attrs if name == "src"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        raise AssertionError(f"<{tag}/> is no HTML")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.styles += data
        else:
            self.words += f"{data} "

    @property
    def said(self) -> str:
        """Its words, with single spaces between them."""
        return " ".join(self.words.split())


def written(site: Site, path: Path) -> Page:
    done = site.here("report", "TINY", "-o", str(path))
    assert (done.status, done.stderr) == (0, "")
    assert done.stdout == f"Wrote {path}.\n"
    return Page(path.read_text(encoding="utf-8"))


def refused(done: Done, status: int) -> str:
    assert done.status == status, done
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_the_page_needs_nothing_beside_itself(tuned: Site, tmp_path: Path) -> None:
    page = written(tuned, tmp_path / "report.html")

    assert page.text.startswith("<!DOCTYPE html>\n<html lang=")
    assert "url(" not in page.styles
    assert "@import" not in page.styles
    assert "http" not in re.sub(r"data:image/svg[^\"]*", "", page.text)
    for picture in page.pictures:
        svg = ET.fromstring(unquote(picture.partition(",")[2]))
        for element in svg.iter():
            assert element.tag.rpartition("}")[2] not in {"script", "image", "foreignObject"}
            links = [value for name, value in element.attrib.items() if name.endswith("href")]
            assert all(link.startswith("#") for link in links)
            assert "http" not in (element.text or "")
    assert len(page.pictures) == 5  # all but importance, which four results do not tell


def test_it_tells_of_the_winner_beside_the_naive_forecast(tuned: Site, tmp_path: Path) -> None:
    said = written(tuned, tmp_path / "report.html").said

    [best] = tuned.rows("TB_BESTMODEL")
    higher = best["MSE"] / best["MSE_NAIVE"] - 1
    worse = f"does not beat the naive forecast: MSE {higher:.1%} higher."
    assert f"{best['CODE_TASK']} {worse}" in said
    assert "That figure is optimistic: the winner was chosen on the same bars" in said
    assert f"MSE of the winner {best['MSE']:.6g}" in said
    assert f"MSE of the naive forecast {best['MSE_NAIVE']:.6g}" in said


def test_it_tells_of_study_search_and_results(tuned: Site, tmp_path: Path) -> None:
    said = written(tuned, tmp_path / "report.html").said

    assert "bars 200, 2020-01-01 to 2020-07-18" in said
    assert "evaluation bars 20, 2020-06-29 to 2020-07-18" in said
    assert "cells with a result 4 of 4" in said
    assert "epochs trained 4" in said  # two trainings of 2, of which two cells each are states
    assert "How it searched method grid" in said
    assert "Where epoch 1, 2 batch_size 50" in said
    results = sorted(tuned.rows("TB_MODELRESULT"), key=lambda row: row["MSE"])
    for rank, row in enumerate(results, 1):
        assert f"{rank} {row['CODE_TASK']} {row['MSE']:.6g}" in said
    [row] = [r for r in tuned.rows("TB_MODELHISTORY") if r["CODE_TASK"] == results[0]["CODE_TASK"]]
    assert f"data version of the winner {row['DATA_VERSION']}" in said
    assert re.search(r"Made by lstm_assets \S+ on \d{4}-\d\d-\d\d \d\d:\d\d UTC", said)


def test_what_people_wrote_is_shown_and_never_run(copy: Site, tmp_path: Path) -> None:
    attack = '<script src="http://evil.example/x.js">alert(1)</script>'
    copy.execute(
        f"UPDATE TB_TASKSTATUS SET STATUS = 'Error', NOTE = '{attack}' "
        "WHERE CODE_TASK = 'TINY-0004'"
    )
    copy.execute(f"UPDATE TB_BESTMODEL SET NOTE = '{attack} ![x](http://evil.example/x.png)'")

    page = written(copy, tmp_path / "report.html")

    assert page.said.count(attack) == 2
    assert "<script" not in page.text


def test_a_ticker_and_words_among_hyperparameters_are_escaped(site: Site, tmp_path: Path) -> None:
    study = site.studies / "tiny/defs.yaml"
    study.write_text(study.read_text().replace("ticker: TEST", "ticker: '<b>[x](y)</b> & '' \"'"))
    assert site.here("tune", "--workers", "0").status == 0

    page = written(site, tmp_path / "report.html")

    assert "<b>[x](y)</b> & ' \" : 200 adjusted bars" in page.said  # the caption of the prices
    assert "<b>" not in page.text


def test_cells_that_failed_are_listed_with_their_reason(copy: Site, tmp_path: Path) -> None:
    copy.execute(
        "UPDATE TB_TASKSTATUS SET STATUS = 'Error', NOTE = 'the loss is nan at epoch 3' "
        "WHERE CODE_TASK = 'TINY-0004'"
    )

    said = written(copy, tmp_path / "report.html").said

    assert "Cells that failed" in said
    assert "TINY-0004 the loss is nan at epoch 3 epoch 2, size_unit_hidden 3" in said


def test_rounds_and_cells_that_were_stopped_early_are_marked(copy: Site, tmp_path: Path) -> None:
    copy.execute("UPDATE TB_HYPERPARAMETER_EXT SET METHOD = 'halving', ROUND = 0")
    copy.execute(
        "UPDATE TB_HYPERPARAMETER_EXT SET EPOCH_FULL = 2 "
        "WHERE CODE_TASK IN ('TINY-0001', 'TINY-0002')"
    )
    copy.execute(
        "UPDATE TB_HYPERPARAMETER_EXT SET ROUND = 1 WHERE CODE_TASK IN ('TINY-0003', 'TINY-0004')"
    )

    said = written(copy, tmp_path / "report.html").said

    ranked = sorted(copy.rows("TB_MODELRESULT"), key=lambda row: row["MSE"])
    partial = [row for row in ranked if row["CODE_TASK"] <= "TINY-0002"]
    best = next(row for row in ranked if row not in partial)
    assert f"1 {best['CODE_TASK']} {best['MSE']:.6g}" in said
    assert re.findall(r"(TINY-\d+) \+ ", said) == [short["CODE_TASK"] for short in partial]
    assert "A cell with a + was stopped early by the search" in said
    assert "halving 0 2 2 0 2 - halving 1 2 2 0 0" in said
    assert "2 results, 2 stopped early, which do not count" in said
    assert said.count("Only 2 cells were trained to the end, so this shows results after") == 2


def test_the_study_that_a_search_starts_warm_from_is_named(copy: Site, tmp_path: Path) -> None:
    write_study(
        copy.studies,
        search={
            "method": "bayesian",
            "n_trials": 4,
            "space": SPACE,
            "warm_start": {"study": "OTHER"},
        },
    )

    said = written(copy, tmp_path / "report.html").said

    assert "warm_start.study OTHER " in said
    assert "warm_start.leaderboard" not in said


def test_a_winner_on_earlier_prices_is_said_to_be_so(copy: Site, tmp_path: Path) -> None:
    copy.execute("UPDATE TB_BESTMODEL SET VERSION_MODEL = 7, MSE_NAIVE = 1.5")

    said = written(copy, tmp_path / "report.html").said

    assert "It won on earlier prices." in said
    assert "directions right -" in said


def test_results_that_nobody_chose_a_winner_of_yet_have_a_leader(
    copy: Site, tmp_path: Path
) -> None:
    copy.execute("DELETE FROM TB_BESTMODEL")

    said = written(copy, tmp_path / "report.html").said

    [first, *_] = sorted(copy.rows("TB_MODELRESULT"), key=lambda row: row["MSE"])
    assert f"{first['CODE_TASK']} does not beat the naive forecast" in said


def test_what_is_missing_costs_a_plot_and_not_the_page(copy: Site, tmp_path: Path) -> None:
    copy.execute("UPDATE TB_BESTMODEL SET PATH_MODEL = '/nowhere/model.pt'")
    copy.execute("DELETE FROM TB_ASSETVALUE_RAW")

    page = written(copy, tmp_path / "report.html")

    assert "The winner's model file is missing, so its forecasts cannot be drawn." in page.said
    assert "/nowhere" not in page.text
    assert "It is not known which prices were dropped: TB_ASSETVALUE_RAW holds no bars" in page.said
    assert len(page.pictures) == 3


def test_without_a_name_it_is_the_study_s_in_the_working_directory(
    tuned: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "TINY.html").write_text("the one before")

    done = tuned.here("report")

    assert (done.status, done.stdout) == (0, "Wrote TINY.html.\n")
    Page((tmp_path / "TINY.html").read_text(encoding="utf-8"))
    assert [file.name for file in tmp_path.iterdir()] == ["TINY.html"]


def test_a_folder_is_not_written_over(tuned: Site, tmp_path: Path) -> None:
    said = refused(tuned.here("report", "-o", str(tmp_path)), 1)

    assert (
        said == f"Error: {tmp_path} is a folder. Name a file, e.g. `-o {tmp_path}/report.html`.\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_path_that_cannot_be_written_is_said_in_one_line(tuned: Site, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    said = refused(tuned.here("report", "-o", str(tmp_path / "file/report.html")), 1)

    assert f"{tmp_path}/file/report.html cannot be written: " in said
    assert said.endswith("Name another file with -o.\n")


def test_a_study_without_results_has_no_report(site: Site, tmp_path: Path) -> None:
    said = refused(site.here("report", "-o", str(tmp_path / "report.html")), 1)

    assert said == "Error: study TINY has no results yet. Run `lstm-assets tune TINY`.\n"
    assert not (tmp_path / "report.html").exists()


def test_results_on_other_prices_alone_make_no_report(copy: Site, tmp_path: Path) -> None:
    (copy.studies / "tiny/prices.csv").write_text(prices(200))
    copy.execute("UPDATE TB_ASSETVALUE_ADJ SET HIGH_P = HIGH_P + 1 WHERE DATE_MARKET < '2020-02'")

    said = refused(copy.here("report", "-o", str(tmp_path / "report.html")), 1)

    assert "study TINY has no results on its current prices, and 4 on others." in said


def test_a_study_that_does_not_exist_is_wrong_usage(tuned: Site) -> None:
    assert "there is no study 'NONE'. Allowed: TINY." in refused(tuned.here("report", "NONE"), 2)
