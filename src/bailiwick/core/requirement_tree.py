"""Requirements by the path they speak of: what is asked of a value, and of the values below it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bailiwick.core.path import ABSENT
from bailiwick.core.requirement import Requirement


@dataclass(slots=True)
class RequirementTree:
    """Everything asked of the value at one path; `below` is keyed by the next part of the path."""

    path: str = ""
    asked: list[Requirement] = field(default_factory=list)
    below: dict[str, "RequirementTree"] = field(default_factory=dict)

    @classmethod
    def of(cls, asked: Iterable[Requirement]) -> "RequirementTree":
        """The tree of these requirements; its root is the object that holds all arguments."""
        root = cls()
        for requirement in asked:
            node = root
            for part in requirement.path.split("."):
                node = node.below.setdefault(part, cls(f"{node.path}.{part}" if node.path else part))
            node.asked.append(requirement)
        return root

    def may_lack(self) -> bool:
        """Whether the value may be absent, and everything below it with it."""
        return all(one.holds(ABSENT) for one in self.asked) and self.bare()

    def bare(self) -> bool:
        """Whether the value may be there with nothing below it."""
        return all(node.may_lack() for node in self.below.values())

    def holds(self, value: object) -> bool:
        """Whether the value itself meets what is asked of it."""
        return all(one.holds(value) for one in self.asked)

    def joined(self, other: "RequirementTree") -> "RequirementTree":
        """Both at once, for two names of one place in a list: `0` and `00`."""
        below = dict(self.below)
        for part, node in other.below.items():
            below[part] = below[part].joined(node) if part in below else node
        return RequirementTree(self.path, [*self.asked, *other.asked], below)

    def requirements(self) -> Iterator[Requirement]:
        """Everything that is asked, here and below."""
        yield from self.asked
        for node in self.below.values():
            yield from node.requirements()
