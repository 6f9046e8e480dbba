# SPDX-License-Identifier: MIT
"""As much of JSON Schema as docs/control.schema.json uses; a keyword that is not known here is an error."""

import json
import pathlib
import re

FILE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "control.schema.json"
SCHEMA = json.loads(FILE.read_text())
NOTES = {"description", "title", "$schema", "$defs"}


TYPES = {"string": str, "object": dict, "array": list, "null": type(None), "boolean": bool, "integer": int}


def is_type(value, name):
    """In Python, but not in JSON, a boolean is an integer."""
    return isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


def complaints(value, schema, where="line"):
    """What is wrong with the value, in words: an empty list if nothing is."""
    found = []
    for keyword, wanted in schema.items():
        if keyword in NOTES:
            continue
        found += CHECKS[keyword](value, wanted, where, schema)
    return found


def check_reference(value, wanted, where, _):
    name = wanted.removeprefix("#/$defs/")
    return complaints(value, SCHEMA["$defs"][name], where)


def check_one_of(value, wanted, where, _):
    fitting = [one for one in wanted if not complaints(value, one, where)]
    return [] if len(fitting) == 1 else [f"{where}: fits {len(fitting)} of {len(wanted)} alternatives: {value!r:.200}"]


def check_type(value, wanted, where, _):
    names = wanted if isinstance(wanted, list) else [wanted]
    return [] if any(is_type(value, name) for name in names) else [f"{where}: no {wanted}: {value!r:.100}"]


def check_properties(value, wanted, where, _):
    if not isinstance(value, dict):
        return []
    return [text for name, part in wanted.items() if name in value
            for text in complaints(value[name], part, f"{where}.{name}")]


def check_required(value, wanted, where, _):
    return [f"{where}: no {name}" for name in wanted if isinstance(value, dict) and name not in value]


def check_additional(value, wanted, where, schema):
    others = set(value) - set(schema.get("properties", ())) if isinstance(value, dict) else set()
    if wanted is False:
        return [f"{where}: has {name}" for name in others]
    return [text for name in others for text in complaints(value[name], wanted, f"{where}.{name}")]


def check_items(value, wanted, where, _):
    return [text for i, item in enumerate(value) for text in complaints(item, wanted, f"{where}[{i}]")]


def rule(holds, words):
    """A keyword that concerns the value alone."""
    def check(value, wanted, where, _):
        return [] if holds(value, wanted) else [f"{where}: {words} {wanted}: {value!r:.100}"]
    return check


CHECKS = {
    "$ref": check_reference,
    "oneOf": check_one_of,
    "type": check_type,
    "properties": check_properties,
    "required": check_required,
    "additionalProperties": check_additional,
    "items": check_items,
    "const": rule(lambda value, wanted: value == wanted, "is not"),
    "enum": rule(lambda value, wanted: value in wanted, "is none of"),
    "pattern": rule(lambda value, wanted: not isinstance(value, str) or re.search(wanted, value), "is not like"),
    "minimum": rule(lambda value, wanted: not is_type(value, "integer") or value >= wanted, "is less than"),
    "maximum": rule(lambda value, wanted: not is_type(value, "integer") or value <= wanted, "is more than"),
    "minLength": rule(lambda value, wanted: not isinstance(value, str) or len(value) >= wanted, "is shorter than"),
    "maxLength": rule(lambda value, wanted: not isinstance(value, str) or len(value) <= wanted, "is longer than"),
}


def definition(name):
    return SCHEMA["$defs"][name]


def names(prefix):
    """The methods, events or objects that the schema has."""
    return {name.removeprefix(prefix) for name in SCHEMA["$defs"] if name.startswith(prefix)}
