"""The log's key and its witnesses are read from the settings, and a slip in them stops the start."""

from pathlib import Path

import pytest

from tests.audit.witnessing import a_pem, a_signing_key, a_witness_key
from viewer.configuration.config_file import Misconfigured, open_config
from viewer.configuration.log_file import read_log, refuse_strangers
from viewer.configuration.secret_file import Secrets

LOG = '[log]\norigin = "trustline.example/test"\nkey_file = "log.pem"\n'


def a_witness(trust="barnsley", port=8121, key=""):
    spelt = key or f'key = "{a_witness_key(trust)}"'
    return f'[[log.witness]]\ntrust = "{trust}"\naddress = "http://127.0.0.1:{port}"\n{spelt}\n'


def keep(folder: Path, name: str, text: str) -> None:
    (folder / name).touch(mode=0o600)
    (folder / name).write_text(text)


@pytest.fixture
def read(tmp_path):
    keep(tmp_path, "log.pem", a_pem("log"))
    keep(tmp_path, "barnsley.witness", f"{a_witness_key('barnsley')}\n")

    def read(text):
        (tmp_path / "partnership.toml").write_text(text)
        file = open_config(tmp_path / "partnership.toml")
        log = read_log(file, Secrets(str(tmp_path)))
        refuse_strangers(file, log, ("barnsley", "rotherham"))
        return log

    return read


def test_without_the_table_the_log_is_not_signed(read):
    assert read('name = "x"\n') is None


def test_the_key_and_the_witnesses_are_read(read):
    log = read(LOG + a_witness() + a_witness("rotherham", 8122))

    assert [(it.trust, it.address, it.key) for it in log.witnesses] == [
        ("barnsley", "http://127.0.0.1:8121", a_witness_key("barnsley")),
        ("rotherham", "http://127.0.0.1:8122", a_witness_key("rotherham")),
    ]
    assert "PRIVATE" not in repr(log)


def test_a_generated_key_is_read_from_its_file(read):
    assert read(LOG + a_witness(key='key_file = "barnsley.witness"')).witnesses[0].key == a_witness_key("barnsley")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LOG.replace("trustline.example/test", "our log"), "log.origin: has a space or a plus"),
        (LOG.replace("log.pem", "barnsley.witness"), "log.key_file"),
        (LOG + a_witness("doncaster"), '"doncaster" is not one of the trusts'),
        (LOG + a_witness(key='key = "nonsense"'), "log.witness.key: is not a key"),
        (LOG + a_witness(key=f'key = "{a_signing_key().verifier}"'), "of the kind that cosigns"),
        (LOG + a_witness(key='key = "a"\nkey_file = "b"'), "give either key"),
        (LOG + a_witness(key="# none"), "give either key"),
        (LOG + a_witness() + a_witness(port=8122), "log.witness.trust: is also that of another"),
        (LOG + a_witness() + a_witness("rotherham"), "log.witness.address: is also that of another"),
        (
            LOG + a_witness() + a_witness("rotherham", 8122, f'key = "{a_witness_key("barnsley")}"'),
            "log.witness.key: is also that of another",
        ),
        (LOG + a_witness().replace("127.0.0.1", "elsewhere.example"), "log.witness.address"),
    ],
)
def test_a_slip_is_refused_by_its_key(read, text, said):
    with pytest.raises(Misconfigured, match=r"partnership\.toml line") as refused:
        read(text)

    assert said in str(refused.value)
