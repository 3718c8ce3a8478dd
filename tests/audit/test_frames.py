"""A journal file gives back exactly what was written; what was altered or cut short costs nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.audit.parts import an_event
from viewer.audit.entry import canonical
from viewer.audit.frames import Frames, as_frame, bytes_of, read_frames

LOOKS = range(3)
BODIES = tuple(canonical(an_event(view=f"look-{one}", reason="“first\nsecond”"), f"id-{one}") for one in LOOKS)
CONTENT = bytes_of(BODIES)


def test_what_is_written_is_read_back_in_order():
    assert read_frames(CONTENT) == Frames(BODIES, 0, len(CONTENT), torn=False)


def test_an_empty_file_holds_nothing():
    assert read_frames(b"") == Frames()


def test_a_write_that_was_cut_short_anywhere_costs_nothing_before_it_and_is_not_damage():
    start, length = len(bytes_of(BODIES[:2])), len(as_frame(BODIES[2]))
    for kept in range(length - 1):
        read = read_frames(CONTENT[: start + kept])
        assert read == Frames(BODIES[:2], 0, start, torn=kept > 0), kept

    assert read_frames(CONTENT[:-1]).bodies == BODIES  # only the line break is missing


@pytest.mark.parametrize("kept", [0, 1, 30, 90, 500])
def test_zeros_that_a_disk_left_where_a_write_was_cut_short_are_no_damage(kept):
    start = len(bytes_of(BODIES[:2]))
    read = read_frames(CONTENT[: start + kept].ljust(len(CONTENT), b"\0"))

    assert (read.bodies, read.damaged, read.torn, read.end) == (BODIES[:2], 0, True, start)


@given(place=st.integers(0, len(CONTENT) - 1), bit=st.integers(0, 7))
def test_a_flipped_bit_costs_at_most_its_own_entry_and_is_reported(place, bit):
    altered = bytearray(CONTENT)
    altered[place] ^= 1 << bit

    read = read_frames(bytes(altered))

    hit = next(number for number in range(3) if place < len(bytes_of(BODIES[: number + 1])))
    others = tuple(body for number, body in enumerate(BODIES) if number != hit)
    assert read.bodies in (others, BODIES)  # all three, where only a line break was hit
    assert read.bodies == BODIES or (read.damaged, read.torn) == (1, False)


def test_what_looks_like_an_entry_inside_somebodys_words_is_never_taken_for_one():
    inside = as_frame(b'{"event":"signed in"}').decode().strip()
    body = canonical(an_event(reason=inside))
    altered = bytearray(as_frame(body) + as_frame(BODIES[0]))
    altered[3] ^= 1  # so that the reading looks on from inside the broken frame

    assert read_frames(as_frame(body)).bodies == (body,)
    assert read_frames(bytes(altered)).bodies == (BODIES[0],)


def test_a_file_that_was_never_a_journal_is_damage():
    assert read_frames(b"something else\n") == Frames((), 1, 0, torn=False)
