"""The cumulative table can be measured, with tiny numbers; how good it is, is for `make bench` to say."""

from bench.cumulative import cumulative, words_of


def test_a_table_is_measured_with_every_result_in_it() -> None:
    cpu, size = cumulative(50)

    assert cpu.name == "a table of 50 results: CPU"
    assert "bytes a result" in size.limit


def test_the_words_of_html_are_what_a_reader_sees() -> None:
    assert words_of('<td class="x">4.1 &lt;b <i>g/L</i></td>') == "4.1 <b g/L"
