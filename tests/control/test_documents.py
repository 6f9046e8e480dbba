#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The documents of the control socket say what the program says."""

import subprocess
import unittest

import schema
from machine import MICROVM


def printed(form):
    return subprocess.run([MICROVM, "schema", form], check=True, capture_output=True, text=True).stdout


class Documents(unittest.TestCase):
    def test_the_schema_is_what_the_program_prints(self):
        self.assertEqual(schema.FILE.read_text(), printed("json"), "microvm schema json > docs/control.schema.json")

    def test_the_tables_are_what_the_program_prints(self):
        text = schema.FILE.with_name("control.md").read_text()
        self.assertTrue(text.endswith(printed("markdown")), "from '## Methods' on: microvm schema markdown")

    def test_each_event_but_the_last_can_be_subscribed_to(self):
        params = schema.definition("request-subscribe")["properties"]["params"]
        choices = params["properties"]["events"]["items"]["enum"]
        self.assertEqual(set(choices) | {"dropped"}, schema.names("event-"))

    def test_the_validator_refuses_what_does_not_fit(self):
        good = {"id": 1, "method": "step", "params": {"count": 1}}
        self.assertFalse(schema.complaints(good, schema.SCHEMA))
        for bad in ({**good, "more": 1}, {**good, "params": {"count": 0}}, {**good, "params": {"count": "1"}},
                    {**good, "id": None}, {**good, "method": "stop"}, {**good, "params": {"others": "walk"}},
                    {"event": "resumed", "why": 1}, {"event": "ended"}, [],
                    {"id": 1, "error": {"code": "no", "message": ""}}):
            self.assertTrue(schema.complaints(bad, schema.SCHEMA), bad)


if __name__ == "__main__":
    unittest.main()
