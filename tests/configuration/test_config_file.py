"""A configuration file that nobody could have meant is refused with its line before it costs anybody anything."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from viewer.configuration.config_file import MOST_BYTES, Misconfigured, open_config, read_config

ROOT = Path(__file__).resolve().parents[2]
FILE = Path("some.toml")


def refusal(text: str) -> str:
    with pytest.raises(Misconfigured) as refused:
        read_config(FILE, text.encode())
    return str(refused.value)


TOO_MUCH = {
    "lists in lists": ("[" * 3000, "brackets within brackets"),
    "lists in lists, closed": ("[" * 900 + "]" * 900, "brackets within brackets"),
    "tables in tables": ("{a=" * 3000, "brackets within brackets"),
    "lists in lists behind a text": ('["]]]", ' * 3000, "brackets within brackets"),
    "a number of 5,000 digits": ("1" * 5000, "letters without quotes"),
    "a hexadecimal number of 5,000 digits": ("0x" + "f" * 5000, "letters without quotes"),
    "a key of 10,000 parts in a table": ("{a" + ".a" * 10_000 + "=1}", "a key of more than"),
    "quoted parts with blanks between": ('{"a"' + ' . "a"' * 10_000 + "=1}", "a key of more than"),
}


@pytest.mark.parametrize(("value", "said"), TOO_MUCH.values(), ids=TOO_MUCH)
def test_what_nobody_writes_by_hand_is_refused_with_its_line(value: str, said: str) -> None:
    said_of_it = refusal(f"\n# a line\na = {value}\n")

    assert said_of_it.startswith("some.toml line 3: ")
    assert said in said_of_it


@pytest.mark.parametrize("header", ["[a{}]", "[[a{}]]", "a{} = 1", "a = 1\r\nb{} = 1"])
def test_a_key_of_many_parts_is_refused_wherever_it_stands(header: str) -> None:
    assert "a key of more than 8 parts" in refusal(header.format(".a" * 20_000))


def test_brackets_dots_and_digits_in_texts_and_comments_are_words_like_any() -> None:
    many = "[" * 50 + "a." * 50 + "1" * 500
    ones = f'one = "{many}\\""  # {many}\ntwo = \'{many}\'\n'
    text = ones + f'three = """{many}\n"" {many}"""""\nfour = \'\'\'{many}\n\'\'\'\n'

    table = read_config(FILE, text.encode())

    assert table.values == tomllib.loads(text)


@pytest.mark.parametrize("path", sorted((ROOT / "config").rglob("*.toml")), ids=lambda path: path.stem)
def test_the_shipped_files_are_read_as_the_parser_reads_them(path: Path) -> None:
    assert open_config(path).values == tomllib.loads(path.read_text())


def test_a_file_larger_than_a_megabyte_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "large.toml"
    path.write_bytes(b"#" * (MOST_BYTES + 1))

    with pytest.raises(Misconfigured, match="too large: more than 1024 kB"):
        open_config(path)


PIECES = st.lists(
    st.sampled_from(
        [
            '"""',
            "'''",
            '"',
            "'",
            "\\",
            "[",
            "]",
            "{",
            "}",
            ".",
            "=",
            ",",
            "\n",
            "\r",
            " ",
            "#",
            "a",
            "1",
            "0x",
            "-",
            "\0",
        ]
    ),
    max_size=40,
)


@given(PIECES)
@example(['a="""', "\\", '"""', "[" * 2000])
def test_whatever_is_handed_in_is_read_or_refused_in_words(pieces: list[str]) -> None:
    text = "".join(pieces)
    try:
        values = read_config(FILE, text.encode()).values
    except Misconfigured:
        return

    assert values == tomllib.loads(text.replace("\r\n", "\n").replace("\r", "\n"))


@given(PIECES, st.sampled_from(["[" * 3000, "{a=" * 3000]))
def test_nothing_written_before_it_hides_what_is_nested_too_deep(pieces: list[str], bomb: str) -> None:
    """A scan that took for a text what the parser takes for brackets would let the parser run out of stack."""
    text = "".join(pieces) + bomb
    try:
        read_config(FILE, text.encode())
    except Misconfigured as refused:
        assert "recursion" not in str(refused)  # noqa: PT017  it may be refused for either reason, or be a comment
