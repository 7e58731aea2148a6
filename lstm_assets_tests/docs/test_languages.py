"""README.md is short, and README.ko.md says in Korean what it says."""

from lstm_assets_tests.docs.pages import README, README_KO, Block, Page

MOST_LINES = 200

ENGLISH, KOREAN = Page(README), Page(README_KO)


def code(page: Page) -> list[tuple[str, str, str]]:
    return [_without_place(block) for block in page.blocks]


def _without_place(block: Block) -> tuple[str, str, str]:
    return block.language, block.text, block.not_run


def test_both_have_the_same_code_blocks() -> None:
    assert code(KOREAN) == code(ENGLISH)


def test_both_have_the_same_headings_in_number_and_level() -> None:
    assert [level for level, _ in KOREAN.headings] == [level for level, _ in ENGLISH.headings]


def test_both_link_to_the_same_and_to_each_other() -> None:
    swapped = {"README.ko.md": "README.md", "README.md": "README.ko.md"}

    assert KOREAN.links == [swapped.get(link, link) for link in ENGLISH.links]
    assert "README.ko.md" in ENGLISH.links


def test_both_have_tables_of_the_same_size_and_the_same_code_in_them() -> None:
    def cells(page: Page) -> list[list[int]]:
        return [[len(table.columns), len(table.rows)] for table in page.tables]

    def first_column(page: Page) -> list[str]:
        firsts = [row[0] for table in page.tables for row in table.rows]
        return [each for each in firsts if each.startswith("`")]

    assert cells(KOREAN) == cells(ENGLISH)
    assert first_column(KOREAN) == first_column(ENGLISH)


def test_the_readme_is_read_in_five_minutes() -> None:
    assert len(ENGLISH.text.splitlines()) <= MOST_LINES
