"""Notes and cosignatures are spelt as c2sp.org says, judged by vectors that other programs made."""

from base64 import b64decode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from tests.audit.witnessing import a_cosignature, a_signing_key, a_witness_key
from viewer.audit.note import (
    COSIGNATURE,
    SIGNATURE,
    NotANote,
    Note,
    SigningKey,
    VerifierKey,
    cosigned_by,
    cosigned_message,
    is_signed_by,
    read_key,
    read_note,
)

# The keys, text and signatures of the tests of golang.org/x/mod/sumdb/note.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS_SEED = b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
BY_PETER = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
BY_ENOCH = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"

# Verifier keys of the tests of github.com/transparency-dev/formats, note/note_cosigv1_test.go.
OTHERS = [
    ("TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6", SIGNATURE),
    ("remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2", COSIGNATURE),
]

# The example of c2sp.org/tlog-cosignature. Its keys are not published; its spelling and its time are.
EXAMPLE = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 "
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)


def peters_key():
    key = Ed25519PrivateKey.from_private_bytes(PETERS_SEED)
    return SigningKey("PeterNeumann", key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


def a_note(sent):
    note = read_note(sent.encode())
    assert isinstance(note, Note), note
    return note


# --- as others spell it ---


def test_the_key_of_another_program_is_read_and_spelt_back():
    key = read_key(PETER)

    assert (key.name, key.id.hex(), str(key)) == ("PeterNeumann", "c74f20a3", PETER)


@pytest.mark.parametrize(("text", "kind"), OTHERS)
def test_a_key_of_either_kind_is_read_and_spelt_back(text, kind):
    key = read_key(text)

    assert (key.kind, str(key)) == (kind, text)


def test_we_sign_exactly_as_another_program_does():
    assert str(peters_key().sign(TEXT)) == f"{TEXT}\n{BY_PETER}"


def test_a_note_that_two_keys_signed_is_believed_of_each_of_them_and_of_nobody_else():
    note = a_note(f"{TEXT}\n{BY_PETER}{BY_ENOCH}")

    assert [is_signed_by(read_key(key), note) for key in (PETER, ENOCH)] == [True, True]
    assert not is_signed_by(a_signing_key().verifier, note)


def test_the_example_of_the_specification_is_read_with_its_time_and_spelt_back():
    note = a_note(EXAMPLE)

    assert str(note) == EXAMPLE
    assert [one.name for one in note.signatures] == ["example.com/behind-the-sofa", "witness.example.com/w1"]
    assert int.from_bytes(note.signatures[1].data[:8]) == 1679315147


def test_what_a_witness_signs_is_spelt_as_in_the_specification():
    text = a_note(EXAMPLE).text

    assert cosigned_message(1679315147, text) == (
        b"cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n"
        b"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    )


def test_the_text_of_a_note_may_hold_empty_lines():
    text = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n"
    note = a_note(str(a_signing_key().sign(text)))

    assert note.text == text
    assert is_signed_by(a_signing_key().verifier, note)


# --- cosignatures ---


def test_a_cosignature_says_who_and_when():
    text = "origin\n1\nroot\n"
    note = a_note(f"{text}\n{a_cosignature('barnsley', text, 1_700_000_000)}")

    found = cosigned_by(a_witness_key("barnsley"), note)

    assert (found.key, found.seconds) == (a_witness_key("barnsley"), 1_700_000_000)


def test_of_two_cosignatures_by_one_witness_the_newer_counts():
    text = "origin\n1\nroot\n"
    note = a_note(f"{text}\n{a_cosignature('barnsley', text, 9)}{a_cosignature('barnsley', text, 8)}")

    assert cosigned_by(a_witness_key("barnsley"), note).seconds == 9


@pytest.mark.parametrize("seconds", [1_700_000_001, 0, 2**63])
def test_a_cosignature_whose_time_was_altered_is_none(seconds):
    text = "origin\n1\nroot\n"
    line = a_cosignature("barnsley", text, 1_700_000_000)
    (signature,) = a_note(f"{text}\n{line}").signatures
    moved = str(type(signature)(signature.name, signature.key_id, seconds.to_bytes(8) + signature.data[8:]))

    assert cosigned_by(a_witness_key("barnsley"), a_note(f"{text}\n{moved}")) is None


def test_a_signature_of_the_log_is_no_cosignature_and_the_other_way_round():
    key = a_signing_key()
    note = key.sign("origin\n1\nroot\n")
    posing = VerifierKey(key.verifier.name, COSIGNATURE, key.verifier.key)

    assert cosigned_by(posing, note) is None
    assert not is_signed_by(posing, note)


def test_one_wrong_signature_by_a_known_key_spoils_the_note():
    note = a_signing_key().sign("text\n")
    other = a_signing_key().sign("another text\n")

    assert not is_signed_by(a_signing_key().verifier, Note(note.text, note.signatures + other.signatures))


# --- what is no note, no key ---


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"text\n\n- a dash of another kind AAAAAAAA\n",
        b"\xff\n\n" + BY_PETER.encode(),
        b"te\x07xt\n\n" + BY_PETER.encode(),
        f"{TEXT}\n{BY_PETER}".encode()[:-1],
        f"{TEXT}\n{BY_PETER}not a signature\n".encode(),
        f"{TEXT}\n{BY_PETER * 65}".encode(),
    ],
)
def test_what_is_not_spelt_as_a_note_is_none(sent):
    assert isinstance(read_note(sent), NotANote)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PeterNeumann",
        "PeterNeumann+c74f20a3",
        PETER.replace("c74f20a3", "c74f20a4"),
        PETER.replace("PeterNeumann", "Peter Neumann"),
        PETER.replace("PeterNeumann", ""),
        PETER[:-4],
        PETER.replace("ARpc2", "AxpC2"),
    ],
)
def test_a_key_with_a_slip_in_it_is_refused(text):
    assert isinstance(read_key(text), NotANote)


@given(place=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_a_signed_note_with_any_one_bit_altered_is_believed_no_more(place, bit):
    sent = bytearray(str(a_signing_key().sign("origin\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n")).encode())
    sent[place % len(sent)] ^= 1 << bit

    note = read_note(bytes(sent))

    assert isinstance(note, NotANote) or not is_signed_by(a_signing_key().verifier, note)
