"""One tool of a vendor: its definition as agents see it and the act behind it."""

import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import jsonschema_rs
from mcp_types import Tool as Definition
from mcp_types import ToolAnnotations

from bailiwick.demo.company.cabinet import Document

Act = Callable[[sqlite3.Connection, Document], Document]
Afterwards = Callable[[sqlite3.Connection, Document], Awaitable[Document]]


class RefusedCallError(Exception):
    """The vendor will not do this; the text is the sentence the caller reads."""


@dataclass(frozen=True)
class Tool:
    """`act` runs inside a transaction and gives the structured result; raising undoes all of it.

    `afterwards` runs after the commit, for what a database cannot undo (a delivery); it amends the result.
    """

    name: str
    title: str
    description: str
    properties: Document
    required: tuple[str, ...]
    act: Act
    conditions: tuple[Document, ...] = ()
    read_only: bool = False
    destructive: bool = False
    idempotent: bool = False
    open_world: bool = False
    afterwards: Afterwards | None = None
    _validator: list[Any] = field(default_factory=list, repr=False, compare=False)

    @property
    def input_schema(self) -> Document:
        """JSON Schema 2020-12; an argument that is not named is refused."""
        schema: Document = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": self.properties,
            "required": list(self.required),
            "additionalProperties": False,
        }
        if self.conditions:
            schema["allOf"] = list(self.conditions)
        return schema

    @property
    def definition(self) -> Definition:
        return Definition(
            name=self.name,
            title=self.title,
            description=self.description,
            input_schema=self.input_schema,
            annotations=ToolAnnotations(
                read_only_hint=self.read_only,
                destructive_hint=self.destructive,
                idempotent_hint=self.idempotent or self.read_only,
                open_world_hint=self.open_world,
            ),
        )

    def check(self, arguments: Document) -> None:
        """Raises `RefusedCallError` naming the first argument that the schema refuses."""
        if not self._validator:
            self._validator.append(jsonschema_rs.Draft202012Validator(self.input_schema))
        for error in self._validator[0].iter_errors(arguments):
            place = ".".join(str(step) for step in error.instance_path) or "arguments"
            raise RefusedCallError(f"`{place}`: {error.message[:300]}")
