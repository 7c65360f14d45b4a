"""Opening night: the company, the server and the agents come up side by side, then the installation is set up."""

from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

from bailiwick.demo.caller import Caller
from bailiwick.demo.cast import PARTS, Troupe, make_keys
from bailiwick.demo.company.office import Office
from bailiwick.demo.folder import DemoFolder
from bailiwick.demo.founding import found, sign_in
from bailiwick.demo.house import House
from bailiwick.demo.stage import Stage

AGENTS: Final = tuple(part.name for part in PARTS)


@dataclass(frozen=True, slots=True)
class Premiere:
    """Everything that runs."""

    office: Office
    house: House
    troupe: Troupe
    people: dict[str, Caller]
    stage: Stage


def open_house(folder: DemoFolder, port: int, stack: ExitStack) -> Premiere:
    """Start every process and set the installation up; whatever was started ends with `stack`."""
    house = House(folder.server, folder.server_log, port)
    stack.callback(house.stop)
    keys = make_keys(folder.agents)
    troupe = Troupe(folder.agents)
    stack.callback(troupe.leave)
    office = stack.enter_context(Office(folder.company))
    house.wait()
    people = found(sign_in(house.url, house.first_link), office, keys)
    troupe.enter(house.url)
    return Premiere(office, house, troupe, people, Stage(office, troupe, house.url, people))
