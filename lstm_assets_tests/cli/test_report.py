"""What `lstm-assets report` writes: one page that opens without a network, and says what is so."""

import re
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest

from lstm_assets_tests.report.pages import Page
from lstm_assets_tests.site import Done, Site
from lstm_assets_tests.studies import prices


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
    # All but importance, which four results do not tell, and the gain on a holdout.
    assert len(page.pictures) == 8


def test_it_tells_of_the_winner_beside_the_naive_forecast(tuned: Site, tmp_path: Path) -> None:
    said = written(tuned, tmp_path / "report.html").said

    [best] = tuned.rows("TB_BESTMODEL")
    assert f"{best['CODE_TASK']}: {best['VERDICT']}" in said
    assert "Its MSE is optimistic: it was chosen on these bars" in said
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
    site.here("init-db")

    said = refused(site.here("report", "-o", str(tmp_path / "report.html")), 1)

    assert said == "Error: study TINY has no results yet. Run `lstm-assets tune TINY`.\n"
    assert not (tmp_path / "report.html").exists()


def test_results_on_other_prices_alone_make_no_report(copy: Site, tmp_path: Path) -> None:
    (copy.studies / "tiny/prices.csv").write_text(prices(200))
    copy.execute("UPDATE TB_ASSETVALUE_ADJ SET CLOSE_P = CLOSE_P + 1 WHERE DATE_MARKET < '2020-02'")

    said = refused(copy.here("report", "-o", str(tmp_path / "report.html")), 1)

    assert "study TINY has no results on its current prices, and 4 on others." in said


def test_a_study_that_does_not_exist_is_wrong_usage(tuned: Site) -> None:
    assert "there is no study 'NONE'. Allowed: TINY." in refused(tuned.here("report", "NONE"), 2)
