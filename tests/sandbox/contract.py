"""An OpenAPI 3.1 document as a judge of real exchanges: its schemas are JSON Schema 2020-12, as they are."""

import json
import re
from pathlib import Path

import httpx
from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped] # it ships no types
from referencing import Registry
from referencing.jsonschema import DRAFT202012

Found = dict[str, object]
METHODS = {"get", "post", "patch", "delete", "put"}


class Contract:
    """One document: paths, and the schemas behind them."""

    def __init__(self, document: Found, uri: str) -> None:
        self.document, self.uri = document, uri
        resource = DRAFT202012.create_resource(document)
        self.registry: Registry[object] = Registry().with_resource(uri, resource)
        paths = document["paths"]
        assert isinstance(paths, dict)
        self.paths = {path: re.compile(re.sub(r"\\\{[^/]+?\\\}", "[^/]+", re.escape(path)) + "$") for path in paths}
        self.checked = 0

    @classmethod
    def read(cls, path: Path) -> "Contract":
        return cls(json.loads(path.read_text()), f"urn:{path.stem}")

    def check(self, answer: httpx.Response) -> None:
        """Hold request and answer against the document, if it knows the path. Raises AssertionError with the reason."""
        path = next((path for path, found in self.paths.items() if found.match(answer.request.url.path)), None)
        if path is None:
            return
        method = answer.request.method.lower()
        operation = self._at("paths", path, method)
        assert operation, f"{method} {path} is not in the document"
        self._query(operation, path, answer.request.url)
        if answer.request.content and answer.is_success:
            self._hold(json.loads(answer.request.content), "paths", path, method, "requestBody")
        if answer.is_success:
            assert self._at("paths", path, method, "responses", str(answer.status_code)) is not None, answer.status_code
            if answer.content:
                self._hold(answer.json(), "paths", path, method, "responses", str(answer.status_code))
        self.checked += 1

    def _query(self, operation: Found, path: str, url: httpx.URL) -> None:
        listed = [*_list(operation.get("parameters")), *_list(self._at("paths", path, "parameters"))]
        known = {str(each.get("name")) for each in (self._real(each) for each in listed)}
        assert set(url.params) <= known, f"{path} has no {set(url.params) - known}"

    def _hold(self, value: object, *where: str) -> None:
        if not self._at(*where, "content", "application/json", "schema"):
            return  # a oneOf without context below fits several of its branches: the document's own vagueness
        pointer = "/".join(part.replace("~", "~0").replace("/", "~1") for part in where)
        schema = {"$ref": f"{self.uri}#/{pointer}/content/application~1json/schema"}
        judge = Draft202012Validator(schema, registry=self.registry, format_checker=FormatChecker())
        errors = [each for each in judge.iter_errors(value) if each.validator != "oneOf" or each.context]
        problems = [f"{'/'.join(map(str, each.absolute_path))}: {each.message}" for each in errors]
        assert problems == [], problems

    def _at(self, *where: str) -> Found:
        found: object = self.document
        for part in where:
            found = found.get(part) if isinstance(found, dict) else None
        return self._real(found) if isinstance(found, dict) else {}

    def _real(self, found: Found) -> Found:
        """What a reference leads to."""
        target = found.get("$ref")
        return self._at(*target.removeprefix("#/").split("/")) if isinstance(target, str) else found


def _list(found: object) -> list[Found]:
    return found if isinstance(found, list) else []
