"""A checkpoint is spelt as c2sp.org says; a quorum is more than 75 % in whole numbers; a witness is not trusted."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.audit.test_note import EXAMPLE, a_note
from tests.audit.witnessing import ALog, a_cosignature, a_witness_key
from viewer.audit.checkpoint import (
    Behind,
    Checkpoint,
    Disputed,
    NoCosignature,
    add_checkpoint,
    confirmed_size,
    is_quorum,
    read_checkpoint,
    read_reply,
)
from viewer.audit.note import Cosigned, NotANote

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())


# --- the text ---


def test_the_example_of_the_specification_is_read_and_spelt_back():
    text = a_note(EXAMPLE).text
    read = read_checkpoint(text)

    assert (read.origin, read.size, read.text) == ("example.com/behind-the-sofa", 20852163, text)
    assert read.root.hex() == "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62"


def test_extension_lines_are_carried():
    text = a_note(EXAMPLE).text + "an extension\n"

    assert read_checkpoint(text).extensions == ("an extension",)
    assert read_checkpoint(text).text == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "origin\n",
        "origin\n1\n",
        "origin\n1\nCsUY\n",
        "origin\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "origin\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "origin\n١\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        f"origin\n{'9' * 20}\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "origin\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n",  # other spare bits, the same bytes
        "\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "origin\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\nempty line above\n",
        "origin\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
    ],
)
def test_what_is_not_spelt_as_a_checkpoint_is_none(text):
    assert isinstance(read_checkpoint(text), NotANote)


@given(size=st.integers(0, 10**18), root=st.binary(min_size=32, max_size=32))
def test_every_checkpoint_is_read_back(size, root):
    checkpoint = Checkpoint("origin", size, root)

    assert read_checkpoint(checkpoint.text) == checkpoint


def test_a_request_is_spelt_as_in_the_specification():
    note = a_note(EXAMPLE)

    assert add_checkpoint(20852014, (bytes(32), b"\xff" * 32), note).decode() == (
        "old 20852014\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n//////////////////////////////////////////8=\n\n"
        + EXAMPLE
    )


# --- the quorum ---


@pytest.mark.parametrize(
    ("eligible", "needed"), [(0, None), (1, 1), (2, 2), (3, 3), (4, 4), (5, 4), (6, 5), (7, 6), (8, 7), (12, 10)]
)
def test_more_than_three_quarters_is_needed_and_exactly_three_quarters_is_not_enough(eligible, needed):
    enough = [count for count in range(eligible + 1) if is_quorum(count, eligible)]

    assert (min(enough) if enough else None) == needed


@pytest.mark.parametrize(
    ("largest", "confirmed"),
    [
        ((), 0),
        ((5,), 5),
        ((9, 9, 9, 9, 9, 9, 0), 9),
        ((9, 9, 9, 9, 9, 0, 0), 0),
        ((9, 8, 7, 6, 5, 4, 3), 4),
        ((10, 10, 10, 7), 7),
    ],
)
def test_what_is_confirmed_is_what_a_quorum_has_cosigned_or_gone_beyond(largest, confirmed):
    assert confirmed_size(largest) == confirmed


@given(largest=st.lists(st.integers(0, 9), max_size=9))
def test_what_is_confirmed_is_the_most_that_a_count_from_every_size_would_find(largest):
    by_counting = [
        size for size in range(10) if 4 * len([one for one in largest if one >= size]) > 3 * len(largest) > 0
    ]

    assert confirmed_size(largest) == max(by_counting, default=0)


# --- what a witness answers ---


def reply(status, body, kind="text/plain", asked=(4, 8), now=NOW):
    return read_reply(status, kind, body, a_witness_key("barnsley"), ALog(8).note(8), asked, now)


def the_line(trust="barnsley", size=8, seconds=SECONDS):
    return a_cosignature(trust, ALog(8).note(size).text, seconds).encode()


def test_a_good_cosignature_is_taken():
    assert isinstance(reply(200, the_line()), Cosigned)


def test_a_cosignature_is_found_among_those_of_keys_we_do_not_know():
    assert isinstance(reply(200, the_line("rotherham") + the_line()), Cosigned)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"\xff\xfe",
        the_line("rotherham"),
        the_line(size=7),
        the_line().replace(b"barnsley", b"barnslay"),
        the_line() + the_line(size=7),
        the_line(seconds=SECONDS + 3600),
        the_line()[:-8] + b"\n",
        str(ALog(8).note(8).signatures[0]).encode(),
    ],
)
def test_what_is_no_cosignature_of_this_checkpoint_by_this_witness_is_not_taken(body):
    assert isinstance(reply(200, body), NoCosignature)


def test_a_witness_that_last_cosigned_another_size_is_believed_that_and_asked_again():
    assert reply(409, b"6\n", "text/x.tlog.size") == Behind(6)
    assert reply(409, b"0\n", "text/x.tlog.size") == Behind(0)


@pytest.mark.parametrize(
    ("body", "asked", "said"),
    [
        (b"9\n", (4, 8), "it has seen 9 entries, and this log has only 8"),
        (b"8\n", (8, 8), "it has seen another root at 8 entries"),
    ],
)
def test_a_witness_that_saw_another_log_disputes_this_one(body, asked, said):
    assert reply(409, body, "text/x.tlog.size", asked) == Disputed(said)


def test_a_witness_that_finds_no_proof_disputes_this_log():
    assert isinstance(reply(422, b"no\n"), Disputed)


@pytest.mark.parametrize("status", [400, 403, 404, 413, 500, 503, 302])
def test_a_witness_that_will_not_is_written_down_as_such(status):
    assert isinstance(reply(status, b""), NoCosignature)


@pytest.mark.parametrize("body", [b"", b"4\n", b"-4\n", b"four\n", b"9" * 40, b"\xd9\xa4"])
def test_a_size_that_is_none_is_not_followed(body):
    assert isinstance(reply(409, body, "text/x.tlog.size"), NoCosignature)


def test_a_refusal_of_the_same_size_is_a_dispute_whatever_else_it_says():
    assert isinstance(reply(409, b"", "text/plain", asked=(8, 8)), Disputed)
