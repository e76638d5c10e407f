"""Each example of the description is one of what it illustrates."""

from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator

from steller.examples import EXAMPLES

DESCRIPTION: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
OPERATIONS = {
    operation["operationId"]: operation for path in DESCRIPTION["paths"].values() for operation in path.values()
}


def illustrated(operation: dict[str, Any]) -> list[dict[str, Any]]:
    bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
    contents = [body.get("content", {}).get("application/json", {}) for body in bodies]
    return [content for content in contents if "examples" in content]


class TestEachExample:
    @pytest.mark.parametrize("name", EXAMPLES)
    def test_has_the_shape_that_it_illustrates(self, name):
        found = illustrated(OPERATIONS[name])

        assert len(found) >= (1 if EXAMPLES[name].request is None else 2)
        for content in found:
            validator = Draft202012Validator({**content["schema"], "components": DESCRIPTION["components"]})
            for example in content["examples"].values():
                assert [error.message for error in validator.iter_errors(example["value"])] == []

    @pytest.mark.parametrize("tag", ["order", "wallet", "event", "webhook"])
    def test_stands_where_clients_begin(self, tag):
        first = {name for name, operation in OPERATIONS.items() if tag in operation["tags"]}
        assert first & set(EXAMPLES)
