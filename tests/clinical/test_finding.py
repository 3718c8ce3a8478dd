"""What a finding says beside its value is kept with it."""

from tests.builders import SHEFFIELD, all_received, an_observation
from viewer.clinical.normalise import normalise
from viewer.clinical.report import Result


def test_the_comment_of_an_older_fhir_is_a_note() -> None:
    observation = an_observation(comment="Low plasma folate", note=[{"text": "Repeated"}])

    (report,) = normalise(SHEFFIELD, all_received(observation)).reports

    (result,) = report.results
    assert isinstance(result, Result)
    assert result.notes == ("Repeated", "Low plasma folate")
