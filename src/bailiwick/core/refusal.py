"""A request that cannot be carried out, with a stable code and a sentence for whoever asked."""

from typing import Literal

RefusalCode = Literal["invalid", "forbidden", "unknown", "stale", "conflict"]


class Refusal(Exception):
    """Raised by pure steps; edges map `code` to a status. The sentence is safe to show and names the next step."""

    def __init__(self, code: RefusalCode, sentence: str) -> None:
        super().__init__(sentence)
        self.code: RefusalCode = code
        self.sentence = sentence
