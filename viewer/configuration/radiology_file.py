"""Read config/radiology.toml: the strings with which radiologists of the partnership mark a report.

Rule: the strings are exact, and no string means two things. Without the file no report carries an alert.
"""

from collections.abc import Mapping
from pathlib import Path

from viewer.clinical.imaging import PLACEHOLDER, PLACEHOLDERS, Alert
from viewer.configuration.config_file import Table, did_you_mean, open_config


def read_radiology(folder: Path) -> Mapping[str, Alert]:
    """Return what each string means."""
    path = folder / "radiology.toml"
    if not path.exists():
        return {}
    file = open_config(path)
    alerts = read_alerts(file)
    file.nothing_else()
    return alerts


def read_alerts(file: Table) -> Mapping[str, Alert]:
    """Return the tables [[alert]]."""
    found: dict[str, Alert] = {}
    for table in file.tables("alert"):
        alert = table.one_of("means", Alert)
        for words in table.texts("sent_as"):
            if words in found:
                raise table.wrong("sent_as", f'"{words}" also means {found[words]}')
            if words != words.strip():
                raise table.wrong("sent_as", f'"{words}" begins or ends with white space')
            found[words] = alert
    return found


def read_images_address(table: Table, key: str) -> str:
    """Return a template of addresses that may leave our pages: https, a study's number in it, and no patient's."""
    template = table.text(key, "")
    if not template:
        return ""
    if not template.startswith("https://") or any(letter.isspace() for letter in template):
        raise table.wrong(key, f'"{template}" is no address; it begins with https:// and holds no white space')
    names = PLACEHOLDER.findall(template)
    for name in names:
        if name not in PLACEHOLDERS:
            known = ", ".join(f"{{{one}}}" for one in PLACEHOLDERS)
            raise table.wrong(key, f"{{{name}}} is not one of {known}{did_you_mean(name, PLACEHOLDERS)}")
    if not names:
        raise table.wrong(key, "names no study; put {study_uid} or {accession} where its number belongs")
    host, slash, _ = template.removeprefix("https://").partition("/")
    if not slash or "{" in host or "@" in host:
        raise table.wrong(key, "must name its host before the first number, and hold no user or password")
    if "{" in PLACEHOLDER.sub("", template) or "}" in PLACEHOLDER.sub("", template):
        raise table.wrong(key, "holds a brace that is no placeholder")
    return template
