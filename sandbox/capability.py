"""What a trust's server says it can do (FHIR R4 CapabilityStatement)."""

from collections.abc import Iterable, Mapping

from sandbox.exact import Json

_TYPES = {"patient": "reference", "subject": "reference", "birthdate": "date", "family": "string", "given": "string"}
_MORE_TYPES = {"address-postalcode": "string"}


def capability_statement(name: str, base: str, parameters: Mapping[str, Iterable[str]]) -> Json:
    """Return the statement of one trust."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-01-01",
        "kind": "instance",
        "implementation": {"description": f"Sandbox of {name}: synthetic data only", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "rest": [{"mode": "server", "resource": [_resource(kind, names) for kind, names in parameters.items()]}],
    }


def _resource(kind: str, names: Iterable[str]) -> Json:
    types = _TYPES | _MORE_TYPES
    return {
        "type": kind,
        "interaction": [{"code": "read"}, {"code": "vread"}, {"code": "search-type"}],
        "searchParam": [{"name": name, "type": types.get(name, "token")} for name in names],
    }
