"""GitHub's published description of its REST API, as far as the stand-in serves it, and what it refuses."""

import json
import re
from pathlib import Path

import jsonschema

# Said of no operation in particular: any request may be answered so, with the description's basic error.
COMMON = {"304", "400", "401", "403", "404", "422", "429", "500", "502", "503", "504"}


def converted(text, schema):
    """A text of an address as the schema's type; the text itself where it is none."""
    kind = schema.get("type")
    if kind == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    return text


class Operation:
    def __init__(self, row, validator):
        self.verb, self.path, self.id = row["verb"], row["path"], row["id"]
        self.parameters, self.body, self.answers = row["parameters"], row["body"], row["answers"]
        self.validator = validator
        parts = [f"(?P<{part[1:-1]}>[^/]+)" if part.startswith("{") else re.escape(part) for part in self.path.split("/")]
        self.pattern = re.compile("/".join(parts))
        self.literal = sum(not part.startswith("{") for part in self.path.split("/"))

    def _complaints(self, where, value, schema):
        return [f"{where}{''.join(f'[{p}]' for p in error.absolute_path)}: {error.message}" for error in self.validator(schema).iter_errors(value)]

    def refuses(self, path_values, query, body):
        """What the description has against a request. @param body: None where there is none."""
        complaints = []
        for parameter in self.parameters:
            given = path_values if parameter["in"] == "path" else query
            if parameter["name"] in given:
                value = converted(given[parameter["name"]], parameter["schema"])
                complaints += self._complaints(parameter["name"], value, parameter["schema"])
            elif parameter["required"]:
                complaints.append(f"{parameter['name']}: is missing")
        if self.body is not None and (body is not None or self.body["required"]):
            complaints += self._complaints("body", body, self.body["schema"])
        return complaints

    def refuses_answer(self, status, body):
        """What the description has against an answer."""
        if str(status) in self.answers:
            schema = self.answers[str(status)]
        elif str(status) in COMMON:
            schema = None if status == 304 else {"$ref": "#/$defs/basic-error"}
        else:
            return [f"{status}: no such answer of {self.id}"]
        if schema is None:
            return [] if body is None else [f"{status}: has a body"]
        return self._complaints(f"{status}", body, schema)


class Description:
    def __init__(self):
        document = json.loads((Path(__file__).parent / "description.json").read_text(encoding="utf-8"))
        definitions, self.source = document["$defs"], document["from"]

        def validator(schema):
            return jsonschema.Draft202012Validator({**schema, "$defs": definitions} if isinstance(schema, dict) else schema)

        self.operations = [Operation(row, validator) for row in document["operations"]]

    def find(self, verb, path):
        """(the operation, the values in its path), (None, None) where there is none, or ("verb", None) where the path has others."""
        best, other = None, False
        for operation in self.operations:
            match = operation.pattern.fullmatch(path)
            if match is None:
                continue
            other = True
            if operation.verb == verb and (best is None or operation.literal > best[0].literal):
                best = (operation, match.groupdict())
        return best or (("verb", None) if other else (None, None))
