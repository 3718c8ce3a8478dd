from dataclasses import replace

import pytest

from connectors.connector import PLAIN
from connectors.registry import UnknownConnector, known_connectors, make_connectors
from connectors.trusts import rotherham
from tests.connectors.loopback import BARNSLEY, ROTHERHAM, a_config

ADDRESS = "https://trust.example/fhir/R4"


def test_each_trust_has_the_connector_its_file_names():
    configs = [a_config(ADDRESS), a_config(ADDRESS, trust=ROTHERHAM, connector="rotherham")]

    assert make_connectors(configs) == {"barnsley": PLAIN, "rotherham": rotherham.connector}


def test_a_connector_that_does_not_exist_stops_the_start_and_the_known_ones_are_named():
    with pytest.raises(
        UnknownConnector, match=r"barnsley: there is no connector 'rotheram'; known are plain, .*rotherham"
    ):
        make_connectors([replace(a_config(ADDRESS), connector="rotheram")])


def test_every_file_of_an_odd_trust_is_a_connector_of_its_name():
    odd = [name for name in known_connectors() if name != "plain"]

    made = make_connectors([replace(a_config(ADDRESS, trust=replace(BARNSLEY, name=n)), connector=n) for n in odd])
    assert [made[name].name for name in odd] == odd
