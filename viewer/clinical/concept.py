"""Read a CodeableConcept: the trust's own words first, then a code's display, then the bare code."""

from collections.abc import Iterable

from connectors.resource import CodeableConcept, Coding, Reference
from viewer.clinical.report import Code


def text_of(concept: CodeableConcept | None) -> str:
    """Return what the concept is called, in the trust's words; "" when it says nothing."""
    if concept is None:
        return ""
    return concept.text or name_of(concept.coding)


def name_of(codings: Iterable[Coding]) -> str:
    """Return the first display, or else the first code."""
    bare = ""
    for coding in codings:
        if coding.display:
            return coding.display
        bare = bare or coding.code
    return bare


def codes_of(concept: CodeableConcept | None) -> tuple[Code, ...]:
    """Return every coding of a concept, as sent."""
    if concept is None or not concept.coding:
        return ()
    return tuple([Code(coding.system, coding.code, coding.display) for coding in concept.coding])


def codes_of_all(concepts: Iterable[CodeableConcept]) -> tuple[Code, ...]:
    """Return every coding of several concepts, as sent."""
    return tuple([Code(one.system, one.code, one.display) for concept in concepts for one in concept.coding])


def concepts_said(concepts: Iterable[CodeableConcept]) -> tuple[Code, ...]:
    """Return every coding of several concepts, and before its codings the text of one that no display says."""
    return tuple([said for concept in concepts for said in (*_own_text(concept), *codes_of(concept))])


def _own_text(concept: CodeableConcept) -> tuple[Code, ...]:
    is_said = not concept.text.strip() or any(coding.display == concept.text for coding in concept.coding)
    return () if is_said else (Code("", concept.text),)


def texts_of(concepts: Iterable[CodeableConcept]) -> tuple[str, ...]:
    """Return what several concepts are called; those that say nothing are passed over."""
    return tuple([text for concept in concepts if (text := text_of(concept))])


def what_it_names(reference: Reference | None) -> str:
    """Return the words a reference itself carries for what it names: its display, or its identifier's value."""
    if reference is None:
        return ""
    return reference.display or (reference.identifier.value if reference.identifier else "")
