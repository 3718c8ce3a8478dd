"""Fill a template for the person who is asking."""

from typing import Any

from flask import render_template

from viewer.pages import words
from viewer.pages.route import Asking
from viewer.steps import Looking


def page(template: str, asking: Asking, **values: Any) -> str:
    """Return the template filled with `values` and what every page needs."""
    return render_template(template, **for_every_page(asking), **values)


def for_every_page(asking: Asking) -> dict[str, Any]:
    """Return what every template may use of the person who is asking."""
    return {"asking": asking, "csrf": asking.sign_in.csrf if asking.sign_in else "", "words": words}


def looking(asking: Asking) -> Looking:
    """Return who is looking, for the journey. The guard has let in only people with a role."""
    if asking.sign_in is None or asking.clinician is None:
        raise RuntimeError("a page for people with a role was reached without one")
    return Looking(asking.clinician, asking.sign_in.reference, asking.device, asking.view)
