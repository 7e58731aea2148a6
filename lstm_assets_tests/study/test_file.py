"""Which files of a folder are studies, and what is said of a file that is none."""

from pathlib import Path

import pytest

from lstm_assets.errors import StudyError
from lstm_assets.study.file import read_studies, read_study
from lstm_assets_tests.study.conftest import STUDY, Studies


def test_studies_come_in_the_order_of_their_paths(studies: Studies) -> None:
    for name, code in (("b", "BB"), ("a/z", "ZZ"), ("a/c", "CC")):
        studies.write("code: EURUSD", f"code: {code}", name=name)

    assert list(read_studies(studies.folder)) == ["CC", "ZZ", "BB"]


def test_only_files_of_that_name_are_studies(studies: Studies) -> None:
    file = studies.write()
    (file.parent / "notes.yaml").write_text("no study")
    (file.parent / "defs.yml").write_text("no study")
    (studies.folder / "empty").mkdir()

    assert list(read_studies(studies.folder)) == ["EURUSD"]


def test_one_wrong_study_is_named_and_none_is_read(studies: Studies) -> None:
    studies.write(name="good")
    studies.write("code: EURUSD", "code: eur", name="wrong")

    with pytest.raises(StudyError, match=r"^wrong/defs\.yaml: code is 'eur'"):
        read_studies(studies.folder)


def test_a_folder_may_be_given_from_anywhere(
    studies: Studies, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    studies.write("code: EURUSD", "code: eur")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)

    with pytest.raises(StudyError) as refusal:
        read_studies(studies.folder)

    file = studies.folder / "eurusd/defs.yaml"
    assert str(refusal.value).startswith(f"{file}: code is 'eur', ")  # `../` would say less


def test_a_folder_may_be_a_link(studies: Studies) -> None:
    studies.write(name="real/eurusd")
    (studies.folder / "link").symlink_to(studies.folder / "real")

    assert list(read_studies(studies.folder / "link")) == ["EURUSD"]


@pytest.mark.parametrize("nested", ["", "nested/"])
def test_folders_that_differ_only_in_case_are_refused(studies: Studies, nested: str) -> None:
    studies.write("code: EURUSD", "code: UPPER", name="Gold")
    studies.write("code: EURUSD", "code: LOWER", name=f"{nested}gold")

    with pytest.raises(StudyError) as refusal:
        read_studies(Path())

    assert str(refusal.value) == (
        f"{nested}gold/defs.yaml: the study's folder is named 'gold', like the folder of "
        "Gold/defs.yaml, apart from capital letters. Rename one of them."
    )


@pytest.mark.parametrize("outer", [".", "gold"])
def test_a_study_in_the_folder_of_another_is_refused(studies: Studies, outer: str) -> None:
    studies.write("code: EURUSD", "code: OUTER", name=f"all/{outer}")
    studies.write("code: EURUSD", "code: INNER", name=f"all/{outer}/deep/silver")

    with pytest.raises(StudyError, match=r"deep/silver/defs\.yaml: this study lies in the folder"):
        read_studies(Path("all"))


def test_a_key_beside_type_and_attributes_is_refused(studies: Studies) -> None:
    file = studies.write(text=f"{STUDY}atributes: {{}}\n")

    with pytest.raises(StudyError) as refusal:
        read_study(file)

    assert str(refusal.value) == (
        "eurusd/defs.yaml: atributes is not a key of a study. Did you mean `attributes`? Allowed: "
        "type, attributes."
    )


def test_a_key_that_stands_twice_is_refused_wherever_it_stands(studies: Studies) -> None:
    file = studies.write("epoch: [2, 3]", "epoch: [2, 3]\n      epoch: [4]")

    with pytest.raises(StudyError, match=r"line 14: key 'epoch' is repeated\. Correct the YAML"):
        read_study(file)


def test_a_value_that_would_run_code_is_refused_and_not_run(
    studies: Studies, tmp_path: Path
) -> None:
    evil = f"!!python/object/apply:os.mkdir ['{tmp_path / 'ran'}']"
    file = studies.write("ticker: EUR/USD", f"ticker: {evil}")

    with pytest.raises(StudyError, match=r"could not determine a constructor for the tag"):
        read_study(file)

    assert not (tmp_path / "ran").exists()
