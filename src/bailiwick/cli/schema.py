"""`bailiwick charter schema` and `catalogue schema`: what an editor needs to complete and check a document."""

from bailiwick.cli.option import Json


def charter_form(as_json: Json = False) -> None:
    """Print the JSON Schema of a charter, so that your editor completes and checks it; no server is asked.

    Save it beside your charters and begin each with `# yaml-language-server: $schema=charter.schema.json`. It knows
    the form; whether actions, roles and data classes exist is what `bailiwick charter check` says.

        bailiwick charter schema > charter.schema.json
    """
    from bailiwick.cli.output import print_json
    from bailiwick.core.charter_schema import charter_schema

    print_json(charter_schema())


def catalogue_form(as_json: Json = False) -> None:
    """Print the JSON Schema of a catalogue, so that your editor completes and checks it; no server is asked.

    Save it beside your catalogues and begin each with `# yaml-language-server: $schema=catalogue.schema.json`.

        bailiwick catalogue schema > catalogue.schema.json
    """
    from bailiwick.cli.output import print_json
    from bailiwick.core.catalogue_schema import catalogue_schema

    print_json(catalogue_schema())
