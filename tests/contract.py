"""OpenMeter's published OpenAPI documents as a judge of our answers, on machines that have them."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx
import yaml
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

METHODS = ("get", "put", "post", "patch", "delete")
DOCUMENTS = {"v1": "openmeter-v1.openapi.yaml", "v3": "openmeter-v3.openapi.yaml"}


class Contract:
    """`contract(response, "GET", "/api/v1/meters")` fails when the answer is not what the document says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, response: httpx.Response, method: str, path: str) -> Any:
        """Judge one answer and return its body."""
        version = "v3" if path.startswith("/api/v3") else "v1"
        file = self.folder / DOCUMENTS[version]
        if not file.exists():
            return _body(response)
        document = _document(file)
        path = path.removeprefix("/api/v3") if version == "v3" else path
        answers = document["paths"][path][method.lower()]["responses"]
        expected = answers.get(str(response.status_code)) or answers.get("default")
        if expected and "$ref" in expected:
            expected = document["components"]["responses"][expected["$ref"].rsplit("/", 1)[1]]
        assert expected, f"{response.status_code} is not an answer of {method} {path}: {response.text}"
        if "content" not in expected:
            assert not response.content
            return None
        kind = response.headers["content-type"].split(";")[0]
        assert kind in expected["content"], f"{kind} is not one of {list(expected['content'])}"
        if not kind.endswith("json"):
            return _body(response)
        errors = [
            f"{error.json_path}: {error.message}"
            for error in _validator(file, expected["content"][kind]["schema"]).iter_errors(response.json())
        ]
        assert not errors, "\n".join(errors[:10])
        return _body(response)

    def judge(self, value: Any, schema: str) -> None:
        """Judge something that is sent without being asked for, by the name of its schema in version 1."""
        file = self.folder / DOCUMENTS["v1"]
        if file.exists():
            judged = _validator(file, {"$ref": f"#/components/schemas/{schema}"}).iter_errors(value)
            errors = [f"{error.json_path}: {error.message}" for error in judged]
            assert not errors, "\n".join(errors[:10])

    def operations(self, prefix: str) -> dict[tuple[str, str], str]:
        """Method and path of every operation under a prefix, with its name; none where the document is absent."""
        version = "v3" if prefix.startswith("/api/v3") else "v1"
        file, base = self.folder / DOCUMENTS[version], "/api/v3" if version == "v3" else ""
        paths = _document(file)["paths"] if file.exists() else {}
        return {
            (method, base + path): operation["operationId"]
            for path, operations in paths.items()
            if (base + path).startswith(prefix)
            for method, operation in operations.items()
            if method in METHODS
        }


def _body(response: httpx.Response) -> Any:
    if not response.content:
        return None
    kind = response.headers["content-type"].split(";")[0]
    return response.json() if kind.endswith("json") else response.text


@lru_cache
def _document(file: Path) -> dict[str, Any]:
    """The document with OpenAPI 3.0's `nullable` turned into what JSON Schema knows."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document: dict[str, Any] = _json_schema(yaml.load(file.read_text(), loader))
    return document


def _json_schema(node: Any) -> Any:
    if isinstance(node, list):
        return [_json_schema(part) for part in node]
    if not isinstance(node, dict):
        return str(node) if hasattr(node, "isoformat") else node
    walked = {key: _json_schema(part) for key, part in node.items() if key != "example"}
    for bound in ("exclusiveMinimum", "exclusiveMaximum"):
        if walked.get(bound) is True:
            walked[bound] = walked.pop(bound.replace("exclusiveM", "m"))
    if walked.pop("nullable", False) is True:
        return {"anyOf": [{"type": "null"}, walked]}
    return walked


def _validator(file: Path, schema: dict[str, Any]) -> Draft202012Validator:
    resource = Resource.from_contents(_document(file), default_specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource("urn:document", resource)
    absolute = _absolute(schema)
    return Draft202012Validator(absolute, registry=registry, format_checker=FormatChecker())


def _absolute(node: Any) -> Any:
    if isinstance(node, list):
        return [_absolute(part) for part in node]
    if isinstance(node, dict):
        return {
            key: f"urn:document{part}" if key == "$ref" and part.startswith("#") else _absolute(part)
            for key, part in node.items()
        }
    return node
