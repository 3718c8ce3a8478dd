from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.answer import Outcome, Trouble
from connectors.paging import next_address

BASE = "https://barnsley.example/fhir/R4"


@pytest.mark.parametrize(
    ("link", "followed"),
    [
        ("https://barnsley.example/fhir/R4?_getpages=3f", "https://barnsley.example/fhir/R4?_getpages=3f"),
        (
            "https://barnsley.example/fhir/R4/DiagnosticReport?p=2",
            "https://barnsley.example/fhir/R4/DiagnosticReport?p=2",
        ),
        ("https://barnsley.example:443/fhir/R4/x?p=2", "https://barnsley.example:443/fhir/R4/x?p=2"),
        ("HTTPS://BARNSLEY.example/fhir/R4?p=2", "https://BARNSLEY.example/fhir/R4?p=2"),
        ("DiagnosticReport?page=2", "https://barnsley.example/fhir/R4/DiagnosticReport?page=2"),
        ("?page=2", "https://barnsley.example/fhir/R4/?page=2"),
        ("/fhir/R4?page=2", "https://barnsley.example/fhir/R4?page=2"),
        ("https://barnsley.example/fhir/R4?p=2#part", "https://barnsley.example/fhir/R4?p=2"),
    ],
)
def test_a_link_below_the_trusts_own_address_is_followed(link, followed):
    assert next_address(link, BASE) == followed


@pytest.mark.parametrize(
    "link",
    [
        "http://barnsley.example/fhir/R4?p=2",  # not over TLS
        "https://rotherham.example/fhir/R4?p=2",
        "https://barnsley.example.evil.example/fhir/R4?p=2",
        "https://barnsley.example:8443/fhir/R4?p=2",
        "https://barnsley.example@evil.example/fhir/R4?p=2",
        "https://user@barnsley.example/fhir/R4?p=2",
        "//evil.example/fhir/R4?p=2",
        "https://barnsley.example/admin?p=2",
        "https://barnsley.example/fhir/R4-internal?p=2",
        "https://barnsley.example/fhir/R4/../../admin",
        "https://barnsley.example/fhir/R4/%2e%2e/%2e%2e/admin",
        "https://barnsley.example/fhir/R4/%252e%252e/admin",
        "../../admin",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://barnsley.example/fhir/R4/\\evil.example",
        "https://barnsley.example/fhir/R4?p=2\r\nHost: evil.example",
        "https://barnsley.example:port/fhir/R4?p=2",
        "https://[barnsley/fhir/R4",
        "https://barnsley.example/fhir/R4?p=" + "2" * 9000,
    ],
)
def test_a_link_that_leads_anywhere_else_is_not(link):
    trouble = next_address(link, BASE)

    assert isinstance(trouble, Trouble)
    assert trouble.outcome is Outcome.PARTIAL
    assert "evil" not in trouble.reason


PIECES = ["https:", "http:", "//", "/", "barnsley.example", "evil.example", "@", ":443", ":80", "fhir", "R4", "..", ".",
          "%2e", "%2f", "%5c", "?", "#", "page=2", "\\", "R4x", "[", "]"]  # fmt: skip


@settings(max_examples=500)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=30))
def test_whatever_is_followed_stays_on_the_trusts_origin_and_path(link):
    followed = next_address(link, BASE)

    if isinstance(followed, str):
        url = urlsplit(followed)
        assert (url.scheme, url.hostname, url.port or 443) == ("https", "barnsley.example", 443)
        assert url.username is None
        assert url.path in ("/fhir/R4", "/fhir/R4/") or url.path.startswith("/fhir/R4/")
        assert ".." not in url.path.split("/")
