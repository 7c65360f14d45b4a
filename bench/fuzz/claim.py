"""What must hold of every text: it is refused in words with a line, or it means one thing and nothing is lost.

Each claim takes hypothesis' `data` and a form, so that the tests and the long run ask the same.
"""

import json
from typing import Final

from hypothesis import strategies as st

from bailiwick.core.catalogue_form import CatalogueError, parse_catalogue
from bailiwick.flow.source import SourceError
from bailiwick.ledger import canonical
from bench.fuzz.draw_catalogue import DEFINITIONS, TOOLS
from bench.fuzz.draw_word import JSON
from bench.fuzz.form import CATALOGUE, Document, Form, at, every_path
from bench.fuzz.mutation import MARK, SURPRISES, renamed, replaced, spoiled, texts


class Nonsense(AssertionError):  # the word of the report
    """Something was accepted that means nothing, or refused without saying where."""


def _claim(holds: object, why: str, text: object) -> None:
    if not holds:
        raise Nonsense(f"{why}: {text!r}")


def valid_documents_are_read(data: st.DataObject, form: Form) -> None:
    """A valid document is read in every layout, to the same value and version."""
    document = data.draw(form.documents)
    text = data.draw(texts(document))
    value, read, digest = form.read(text)
    _claim(read == document, "a document reads as another", text)
    _claim(digest == canonical.digest(canonical.encode(document)), "the version is of another document", text)
    _accepted(form, text, value, read, digest)


def unknown_words_are_refused(data: st.DataObject, form: Form) -> None:
    """A key or a word that nobody knows is refused, by name and on its line."""
    document = data.draw(form.documents)
    keys, words = form.keys(document), form.words(document)
    path = data.draw(st.sampled_from(keys + words))
    known = path in keys and (path not in words or data.draw(st.booleans()))
    wrong = renamed(document, path, MARK) if known else replaced(document, path, MARK)
    text = data.draw(texts(wrong))
    flaws = _refused(form, text)
    line = text.count("\n", 0, text.index(MARK)) + 1
    _claim(any(MARK in flaw.message and flaw.line == line for flaw in flaws), "an unknown word is not named", text)
    _claim(not known or not form.schema.is_valid(wrong), "the schema knows an unknown key", text)


def surprises_are_refused(data: st.DataObject, form: Form) -> None:
    """Anchors, aliases, tags, floats, odd numbers and repeated keys are refused on their line."""
    document = data.draw(form.documents)
    leaves = [path for path in every_path(document) if not isinstance(at(document, path), dict | list)]
    path = data.draw(st.sampled_from(leaves))
    text = data.draw(texts(replaced(document, path, MARK)))
    line = text.count("\n", 0, text.index(MARK)) + 1
    quoted = f'"{MARK}"' if f'"{MARK}"' in text else MARK
    text = text.replace(quoted, data.draw(st.sampled_from(SURPRISES)))
    flaws = _refused(form, text)
    _claim(any(flaw.line == line for flaw in flaws), "a surprise is not found on its line", text)


def spoiled_texts_mean_one_thing_or_nothing(data: st.DataObject, form: Form) -> None:
    """Whatever was done to a text, it is refused in words or it reads back from its canonical form."""
    text = data.draw(spoiled(data.draw(texts(data.draw(form.documents)))))
    _tried(form, text)


def noise_is_refused(data: st.DataObject, form: Form) -> None:
    """Bytes that are no document at all are refused in words."""
    _tried(form, data.draw(st.one_of(st.binary(max_size=60), st.text(max_size=60))))


def odd_values_are_refused(data: st.DataObject, form: Form) -> None:
    """Any JSON value in any place of a document is refused with its place, or means something."""
    document = data.draw(form.documents)
    wrong = replaced(document, data.draw(st.sampled_from(every_path(document))), data.draw(JSON))
    try:
        value = form.parse(wrong)
    except (CatalogueError, form.refusal) as trouble:
        problems = trouble.problems  # type: ignore[attr-defined]
        _claim(problems and all(problem.message for problem in problems), "refused without a word", wrong)
        return
    try:
        canonical.encode(wrong)
    except canonical.CanonicalError:
        return  # no text can say this: the reader of texts refuses what has no canonical form
    _same_again(form, value, wrong)


def odd_definitions_are_refused(data: st.DataObject, form: Form) -> None:
    """Whatever a connector says of its tools, a catalogue over it is refused in words or means something."""
    document = data.draw(CATALOGUE.documents)
    offered = replaced({"offered": DEFINITIONS}, data.draw(st.sampled_from(_OFFERED)), data.draw(JSON))["offered"]
    try:
        value = parse_catalogue(document, offered)
    except CatalogueError as trouble:
        _claim(trouble.problems, "refused without a word", offered)
        return
    _claim(parse_catalogue(json.loads(canonical.encode(document)), offered) == value, "means two things", offered)


_OFFERED: Final = [path for path in every_path({"offered": DEFINITIONS}) if len(path) > 2]
CLAIMS: Final = (
    valid_documents_are_read,
    unknown_words_are_refused,
    surprises_are_refused,
    spoiled_texts_mean_one_thing_or_nothing,
    noise_is_refused,
    odd_values_are_refused,
    odd_definitions_are_refused,
)
assert len(TOOLS) == len(DEFINITIONS)


def _tried(form: Form, text: bytes | str) -> None:
    try:
        value, document, digest = form.read(text)
    except SourceError as trouble:
        _worded(text, trouble)
        return
    _accepted(form, text, value, document, digest)


def _refused(form: Form, text: str) -> tuple[object, ...]:
    try:
        form.read(text)
    except SourceError as trouble:
        return _worded(text, trouble)
    raise Nonsense(f"accepted: {text!r}")


def _worded(text: bytes | str, trouble: SourceError) -> tuple[object, ...]:
    words = text if isinstance(text, str) else text.decode("utf-8", "replace")
    lines = max(words.count("\n") + 1, len(words.splitlines())) + 1
    flaws = trouble.problems
    _claim(flaws, "refused without a word", text)
    for flaw in flaws:
        _claim(1 <= flaw.line <= lines and flaw.column >= 1 and flaw.message.strip(), f"no such place: {flaw}", text)
    return flaws


def _accepted(form: Form, text: object, value: object, document: Document, digest: str) -> None:
    _same_again(form, value, document)
    again, _, other = form.read(json.dumps(document))
    _claim(again == value and other == digest, "reads otherwise as JSON", text)


def _same_again(form: Form, value: object, document: Document) -> None:
    """The canonical form is what is versioned, so it must mean the same; and the schema must not know better."""
    kept = canonical.decode_strict(canonical.encode(document))
    _claim(kept == document, "the canonical form is another document", document)
    _claim(isinstance(kept, dict) and form.parse(kept) == value, "the canonical form means something else", document)
    errors = [error.message for error in form.schema.iter_errors(document)]
    _claim(not errors, f"the schema refuses what the reader accepts ({errors[:1]})", document)
