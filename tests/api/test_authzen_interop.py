"""The published interop cases of the AuthZEN Authorization API 1.0, each under the section that it is about."""

import base64
import json

import pytest
import pytest_asyncio

from tests.api.interop_house import FOLDERS, PARTS, TEAMS, VERBS, open_interop

pytestmark = pytest.mark.asyncio(loop_scope="module")

ALMA, BELA = ({"type": "agent", "id": name} for name in ("alma", "bela"))
READ, WRITE, DELETE = ({"name": f"file.page.{verb}"} for verb in ("read", "write", "delete"))
FILE = {"type": "connector", "id": "file"}
FILE_READ, FILE_WRITE, FILE_DELETE = ({"type": "tool", "id": f"file__{name}"} for name in ("read", "write", "delete"))
QUESTION = {"subject": ALMA, "action": READ, "resource": FILE}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def interop(tmp_path_factory):
    async with open_interop(tmp_path_factory.mktemp("interop")) as found:
        yield found


def agent(name):
    return {"type": "agent", "id": name}


def doing(action, **arguments):
    return {"name": action, "properties": {"arguments": arguments}}


# ------------------------------------------------------------------------------- section 6: one question

EVALUATIONS = [
    ("6.1 the four entities, allowed", ALMA, READ, FILE, True),
    ("6.1 the four entities, denied", BELA, WRITE, FILE, False),
    ("6.1 another subject", BELA, READ, FILE, True),
    ("6.1 another action", ALMA, WRITE, FILE, True),
    ("5.2 a resource of another type", ALMA, READ, FILE_READ, True),
    ("5.3 properties of the action count: status", ALMA, doing(WRITE["name"], status="archived"), FILE, False),
    ("5.3 properties of the action count: another subject", BELA, doing(WRITE["name"], status="archived"), FILE, True),
    ("5.3 properties of the action count: true", ALMA, doing(DELETE["name"], soft=True), FILE, True),
    ("5.3 properties of the action count: false", ALMA, doing(DELETE["name"], soft=False), FILE, False),
    ("5.1 the subject of COAZ-MCP", {"type": "identity", "id": "alma"}, READ, FILE, True),
    ("5.3 the action of COAZ-MCP", ALMA, doing("tools/call", file="a"), FILE_READ, True),
    ("5.3 the action of COAZ-MCP, denied", BELA, doing("tools/call", soft=True), FILE_DELETE, False),
    ("5.5 an unknown subject is denied", agent("nobody"), READ, FILE, False),
    ("5.5 an unknown type of subject is denied", {"type": "spaceship", "id": "alma"}, READ, FILE, False),
    ("5.5 an unknown action is denied", ALMA, {"name": "file.page.eat"}, FILE, False),
    ("5.5 an unknown resource is denied", ALMA, READ, {"type": "connector", "id": "elsewhere"}, False),
    ("5.5 an unknown type of resource is denied", ALMA, READ, {"type": "record", "id": "file"}, False),
]


@pytest.mark.parametrize("section, subject, action, resource, expected", EVALUATIONS, ids=[c[0] for c in EVALUATIONS])
async def test_a_question_is_decided(interop, section, subject, action, resource, expected):
    answer = await interop.ask("evaluation", {"subject": subject, "action": action, "resource": resource})
    assert answer["decision"] is expected
    assert answer["context"]["reason"] and answer["context"]["reason_user"]["en"]


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"context": {"time": "2025-06-27T18:03-07:00", "ip": "192.168.1.1"}}, id="5.4 context"),
        pytest.param({"foo": "bar", "future": {"nested": True}}, id="10.1.1 unknown fields are ignored"),
        pytest.param(
            {"subject": ALMA | {"properties": {"department": "Sales"}, "x": 1}}, id="5.1.1 subject properties"
        ),
        pytest.param({"resource": FILE | {"properties": {"owner": "bela"}, "x": 1}}, id="5.2.1 resource properties"),
        pytest.param({"action": READ | {"properties": {"method": "GET"}, "x": 1}}, id="5.3.1 action properties"),
    ],
)
async def test_what_a_decision_does_not_read_changes_nothing(interop, more):
    assert (await interop.ask("evaluation", QUESTION | more))["decision"] is True


async def test_the_same_question_gets_the_same_answer(interop):
    answers = [(await interop.ask("evaluation", QUESTION))["decision"] for _ in range(5)]
    assert answers == [True] * 5


# The to-do interop scenario: five users, eight questions each, and three lists of two.
TODO = {
    "lead": (True, True, True, True, True, True, True, True),
    "editor": (True, True, True, True, False, True, False, True),
    "viewer": (True, True, True, False, False, False, False, False),
}


def todo(name, theirs, own):
    return [
        doing("board.colleague.read", who="bea"),
        doing("board.colleague.read", who=name),
        doing("board.card.list"),
        doing("board.card.create", title="todo-1"),
        doing("board.card.update", card="c-1", owner=theirs),
        doing("board.card.update", card="c-2", owner=own),
        doing("board.card.remove", card="c-1", owner=theirs),
        doing("board.card.remove", card="c-2", owner=own),
    ]


@pytest.mark.parametrize("name, number", [(name, number) for name in PARTS for number in range(8)])
async def test_the_forty_questions_of_the_to_do_scenario(interop, name, number):
    theirs = "rosa" if name != "rosa" else "marc"
    action = todo(name, theirs, name)[number]
    question = {"subject": agent(name), "action": action, "resource": {"type": "connector", "id": "board"}}
    assert (await interop.ask("evaluation", question))["decision"] is TODO[PARTS[name]][number]


@pytest.mark.parametrize(
    "name, owners, expected",
    [
        ("rosa", ("rosa", "jan"), [True, True]),
        ("marc", ("rosa", "marc"), [False, True]),
        ("jan", ("rosa", "jan"), [False, False]),
    ],
)
async def test_the_three_lists_of_the_to_do_scenario(interop, name, owners, expected):
    items = [{"action": doing("board.card.update", card="c-1", owner=owner)} for owner in owners]
    asked = {"subject": agent(name), "resource": {"type": "connector", "id": "board"}, "evaluations": items}
    assert decisions(await interop.ask("evaluations", asked)) == expected


# --------------------------------------------------------------------------- section 7: several questions


def decisions(answer):
    return [item["decision"] for item in answer["evaluations"]]


SEVERAL = [
    (
        "7.1 no defaults",
        {"evaluations": [QUESTION, {"subject": BELA, "action": WRITE, "resource": FILE}]},
        [True, False],
    ),
    (
        "7.1.1 a default subject and action",
        {"subject": ALMA, "action": READ, "evaluations": [{"resource": FILE}, {"resource": FILE_READ}]},
        [True, True],
    ),
    (
        "7.1.1 a default subject and resource, in order",
        {"subject": BELA, "resource": FILE, "evaluations": [{"action": READ}, {"action": WRITE}]},
        [True, False],
    ),
    (
        "7.1.1 a question's own action replaces the default",
        {
            "subject": ALMA,
            "action": READ,
            "evaluations": [
                {"resource": FILE},
                {"resource": FILE_READ},
                {"action": doing(DELETE["name"], soft=False), "resource": FILE},
            ],
        },
        [True, True, False],
    ),
    (
        "7.1.1 a default is replaced whole, not field by field",
        {"subject": ALMA, "resource": {"type": "tool", "id": "file__read"}, "action": READ}
        | {"evaluations": [{}, {"resource": {"id": "file__read"}}, {"action": {"properties": {}}}]},
        [True, False, False],
    ),
    (
        "7.1.1 a default context, and one that replaces it",
        QUESTION
        | {"context": {"time": "2025-06-27T18:03-07:00"}}
        | {"evaluations": [{}, {"context": {"time": "2025-06-27T19:00-07:00", "source": "list"}}]},
        [True, True],
    ),
    (
        "7.1.1 a default context that counts, and one that replaces it",
        {"subject": BELA, "action": WRITE, "resource": FILE, "context": {"arguments": {"status": "archived"}}}
        | {"evaluations": [{}, {"context": {}}]},
        [True, False],
    ),
    (
        "7.1 properties count for each question alone",
        {
            "resource": FILE,
            "action": doing(WRITE["name"], status="archived"),
            "evaluations": [{"subject": ALMA}, {"subject": BELA}],
        },
        [False, True],
    ),
    (
        "7.2.1 a question that does not fit is denied alone",
        QUESTION | {"evaluations": [{}, {"resource": 3}]},
        [True, False],
    ),
    (
        "7.2.1 a question without a required entity is denied alone",
        {"subject": ALMA, "action": READ, "evaluations": [{"resource": FILE}, {}]},
        [True, False],
    ),
    (
        "7.2.1 a question that is no object is denied alone",
        QUESTION | {"evaluations": [{}, "x", None]},
        [True, False, False],
    ),
]


@pytest.mark.parametrize("section, asked, expected", SEVERAL, ids=[case[0] for case in SEVERAL])
async def test_several_questions_are_decided_in_their_order(interop, section, asked, expected):
    answer = await interop.ask("evaluations", asked)
    assert decisions(answer) == expected
    assert set(answer) == {"evaluations"}  # 7.2: the decision at the top is left out


async def test_a_question_that_does_not_fit_says_so_in_its_context(interop):
    answer = await interop.ask("evaluations", QUESTION | {"evaluations": [{"subject": {"type": "agent"}}]})
    error = answer["evaluations"][0]["context"]["error"]
    assert error["status"] == 400 and "`subject.id`" in error["message"]  # 7.2.1


SEMANTICS = [
    ("execute_all", [True, False, True], [True, False, True]),
    (None, [True, False, True], [True, False, True]),
    ("deny_on_first_deny", [True, False, True], [True, False]),
    ("deny_on_first_deny", [True, True], [True, True]),
    ("deny_on_first_deny", ["bad", True], [False]),
    ("permit_on_first_permit", [True, False, True], [True]),
    ("permit_on_first_permit", [False, True, False], [False, True]),
    ("permit_on_first_permit", ["bad", True, True], [False, True]),
    ("permit_on_first_permit", [False, False], [False, False]),
]


@pytest.mark.parametrize("semantic, wanted, expected", SEMANTICS)
async def test_the_three_semantics_stop_where_they_say(interop, semantic, wanted, expected):
    """Section 7.1.2.1."""
    actions = {True: {"action": READ}, False: {"action": DELETE}, "bad": {"action": 7}}
    asked = {"subject": ALMA, "resource": FILE, "evaluations": [actions[each] for each in wanted]}
    if semantic is not None:
        asked["options"] = {"evaluations_semantic": semantic, "another_option": "value"}
    assert decisions(await interop.ask("evaluations", asked)) == expected


@pytest.mark.parametrize("more", [{}, {"evaluations": []}], ids=["absent", "empty"])
async def test_no_list_is_one_question(interop, more):
    """Section 7.1."""
    answer = await interop.ask("evaluations", QUESTION | more)
    assert answer["decision"] is True and "evaluations" not in answer
    assert (await interop.ask("evaluations", {"subject": ALMA} | more, 400)).startswith("the question does not fit")


async def test_as_many_answers_as_questions_in_the_same_order(interop):
    """Section 7.2."""
    wanted = [number % 3 == 0 for number in range(60)]
    items = [{"action": READ if each else DELETE} for each in wanted]
    assert (
        decisions(await interop.ask("evaluations", {"subject": ALMA, "resource": FILE, "evaluations": items})) == wanted
    )


# ------------------------------------------------------------------------------------ section 8: searching

# Which folders each may open, change and drop: the expected results of the search scenario.
ALL = set(range(1, 21))
MAY = {
    "lena": (ALL, {1, 7, 10, 13, 19}, {1, 7, 13, 19}),
    "milo": ({1, 2, 3, 5, 8, 12, 14, 16, 17, 19, 20}, {2, 8, 14, 20}, {2, 8, 14, 20}),
    "nora": ({1, 2, 3, 5, 8, 9, 12, 15, 16, 17, 19}, {3, 9, 15}, {3, 9, 15}),
    "otto": (ALL, {4, 10, 15, 16}, {4, 10, 16}),
    "pia": ({5, 11, 15, 17}, {5, 11, 17}, {5, 11, 17}),
    "quin": ({4, 6, 9, 11, 12, 14, 18, 20}, {6, 12, 18}, {6, 12, 18}),
}


def may(name, verb, number):
    return number in MAY[name][VERBS.index(verb)]


async def found(interop, kind, asked):
    """All results of a search, and no page token left over."""
    answer = await interop.ask(f"search/{kind}", asked)
    assert answer["page"]["next_token"] == "" and answer["page"]["count"] == len(answer["results"])
    return answer["results"]


@pytest.mark.parametrize("number, folder", list(enumerate(FOLDERS, 1)))
@pytest.mark.parametrize("verb", VERBS)
async def test_the_sixty_subject_searches(interop, number, folder, verb):
    """Section 8.4."""
    asked = {"subject": {"type": "agent"}, "action": {"name": f"archive.{folder}.{verb}"}}
    asked["resource"] = {"type": "tool", "id": f"archive__{folder}"}
    expected = [agent(name) for name in sorted(TEAMS) if may(name, verb, number)]
    assert await found(interop, "subject", asked) == expected


@pytest.mark.parametrize("name", TEAMS)
@pytest.mark.parametrize("verb", VERBS)
async def test_the_eighteen_resource_searches(interop, name, verb):
    """Section 8.5."""
    asked = {"subject": agent(name), "action": doing("tools/call", verb=verb), "resource": {"type": "tool"}}
    expected = [
        {"type": "tool", "id": f"archive__{folder}"} for n, folder in enumerate(FOLDERS, 1) if may(name, verb, n)
    ]
    assert await found(interop, "resource", asked) == expected


@pytest.mark.parametrize("name", TEAMS)
@pytest.mark.parametrize("number, folder", list(enumerate(FOLDERS, 1)))
async def test_the_hundred_and_twenty_action_searches(interop, name, number, folder):
    """Section 8.6."""
    asked = {"subject": agent(name), "resource": {"type": "tool", "id": f"archive__{folder}"}}
    expected = [{"name": f"archive.{folder}.{verb}"} for verb in sorted(VERBS) if may(name, verb, number)]
    assert await found(interop, "action", asked) == expected


async def test_what_a_search_finds_is_permitted_when_it_is_asked_for(interop):
    """Section 8.1."""
    for name in TEAMS:
        tools = {"subject": agent(name), "action": {"name": "tools/call"}, "resource": {"type": "tool"}}
        for resource in await found(interop, "resource", tools):
            for action in await found(interop, "action", {"subject": agent(name), "resource": resource}):
                question = {"subject": agent(name), "action": action, "resource": resource}
                assert (await interop.ask("evaluation", question))["decision"] is True


NOTHING = [
    ("8.4 an unknown type of subject", "subject", {"subject": {"type": "spaceship"}, "action": READ, "resource": FILE}),
    ("8.4 an unknown action", "subject", {"subject": {"type": "agent"}, "action": {"name": "x"}, "resource": FILE}),
    ("8.5 an unknown subject", "resource", {"subject": agent("x"), "action": READ, "resource": {"type": "tool"}}),
    ("8.5 an unknown type of resource", "resource", {"subject": ALMA, "action": READ, "resource": {"type": "moon"}}),
    ("8.6 an unknown subject", "action", {"subject": agent("nobody"), "resource": FILE}),
    ("8.6 an unknown resource", "action", {"subject": ALMA, "resource": {"type": "tool", "id": "file__nothing"}}),
]


@pytest.mark.parametrize("section, kind, asked", NOTHING, ids=[case[0] for case in NOTHING])
async def test_a_search_for_what_nobody_knows_finds_nothing(interop, section, kind, asked):
    assert await found(interop, kind, asked) == []


@pytest.mark.parametrize(
    "kind, asked",
    [
        ("subject", {"subject": {"type": "agent", "id": "lena"}, "action": READ, "resource": FILE}),
        ("subject", {"subject": {"type": "agent", "id": 7}, "action": READ, "resource": FILE}),
        ("resource", {"subject": ALMA, "action": READ, "resource": {"type": "connector", "id": "archive"}}),
    ],
)
async def test_the_id_of_what_is_searched_for_is_ignored(interop, kind, asked):
    """Sections 8.4.1 and 8.5.1."""
    plain = json.loads(json.dumps(asked))
    del plain[kind]["id"]
    assert await found(interop, kind, asked) == await found(interop, kind, plain) != []


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5])
async def test_pages_together_are_the_whole_and_the_last_token_is_empty(interop, limit):
    """Section 8.2: the follow-up names the token, and the limit again or not at all."""
    asked = {"subject": agent("lena"), "action": {"name": "tools/call"}, "resource": {"type": "tool"}}
    whole = await found(interop, "resource", asked | {"context": {"time": "now"}})
    page, seen = {"limit": limit}, []
    while True:
        answer = await interop.ask("search/resource", asked | {"context": {"time": "now"}, "page": page})
        assert next(iter(answer)) == "page" and len(answer["results"]) == answer["page"]["count"] <= limit  # 8.3
        seen += answer["results"]
        if not answer["page"]["next_token"]:
            break
        page = {"token": answer["page"]["next_token"]} | ({"limit": limit} if limit % 2 else {})
    assert seen == whole and len(whole) == 20


async def test_a_page_token_is_of_one_search(interop):
    """Section 8.2: a change of any entity or parameter is an error."""
    asked = {"subject": agent("lena"), "action": {"name": "tools/call"}, "resource": {"type": "tool"}}
    token = (await interop.ask("search/resource", asked | {"page": {"limit": 2}}))["page"]["next_token"]
    base64.urlsafe_b64decode(token)  # a text for an address, though nobody else's business
    for more in ({"subject": agent("otto")}, {"context": {"a": 1}}, {"page": {"token": token, "limit": 3}}):
        await interop.ask("search/resource", {**asked, "page": {"token": token}, **more}, 400)
    await interop.ask("search/resource", asked | {"page": {"token": "made-up"}}, 400)
    await interop.ask("search/action", {"subject": agent("lena"), "resource": FILE, "page": {"token": token}}, 400)


async def test_a_page_of_nothing_is_a_page(interop):
    """Section 8.2.1: the limit is not negative."""
    asked = {"subject": ALMA, "resource": FILE}
    answer = await interop.ask("search/action", asked | {"page": {"limit": 0}})
    assert answer["results"] == [] and answer["page"]["next_token"]
    await interop.ask("search/action", asked | {"page": {"limit": -1}}, 400)


# ------------------------------------------------------------------------------------ section 9: discovery


async def test_the_metadata_names_every_endpoint(interop):
    answer = await interop.send("GET", "/.well-known/authzen-configuration", who=None)
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/json"
    told, base = answer.json(), interop.house.url
    assert told["policy_decision_point"] == base  # 9.2.3: identical to what the address was made of
    assert told["access_evaluation_endpoint"] == f"{base}/access/v1/evaluation"
    assert told["access_evaluations_endpoint"] == f"{base}/access/v1/evaluations"
    for kind in ("subject", "resource", "action"):
        assert told[f"search_{kind}_endpoint"] == f"{base}/access/v1/search/{kind}"
    assert all(isinstance(each, str) for each in told["capabilities"])
    assert None not in told.values()  # 9.2.2: a parameter without a value is left out


# ------------------------------------------------------------------------------------ section 10: transport

MISTYPED = [
    *(("evaluation", {name: value for name, value in QUESTION.items() if name != gone}) for gone in QUESTION),
    ("evaluation", QUESTION | {"subject": {"id": "alma"}}),
    ("evaluation", QUESTION | {"subject": {"type": "agent"}}),
    ("evaluation", QUESTION | {"action": {}}),
    ("evaluation", QUESTION | {"resource": {"id": "file"}}),
    ("evaluation", QUESTION | {"resource": {"type": "connector"}}),
    ("evaluation", QUESTION | {"subject": "alma"}),
    ("evaluation", QUESTION | {"subject": None}),
    ("evaluation", QUESTION | {"subject": {"type": "agent", "id": 7}}),
    ("evaluation", QUESTION | {"action": {"name": 123}}),
    ("evaluation", QUESTION | {"action": READ | {"properties": []}}),
    ("evaluation", QUESTION | {"resource": [FILE]}),
    ("evaluation", QUESTION | {"context": "now"}),
    ("evaluation", QUESTION | {"context": {"run": 7}}),
    ("evaluation", QUESTION | {"context": {"approval": "apr-1"}}),
    ("evaluation", QUESTION | {"action": {"name": "file.page.read", "properties": {"arguments": "all"}}}),
    ("evaluation", QUESTION | {"action": doing("file.page.read"), "context": {"arguments": {}}}),
    ("evaluation", []),
    ("evaluations", {"subject": "alma", "evaluations": [QUESTION]}),
    ("evaluations", {"evaluations": {"1": QUESTION}}),
    ("evaluations", {"evaluations": [QUESTION], "options": "execute_all"}),
    ("evaluations", {"evaluations": [QUESTION], "options": {"evaluations_semantic": "whatever"}}),
    ("evaluations", {"evaluations": [QUESTION] * 501}),
    ("search/subject", {"subject": {"type": "agent"}, "resource": FILE}),
    ("search/subject", {"subject": {"type": "agent"}, "action": READ, "resource": {"type": "connector"}}),
    ("search/subject", {"subject": {}, "action": READ, "resource": FILE}),
    ("search/resource", {"action": READ, "resource": {"type": "tool"}}),
    ("search/resource", {"subject": {"type": "agent"}, "action": READ, "resource": {"type": "tool"}}),
    ("search/action", {"subject": ALMA}),
    ("search/action", {"subject": ALMA, "resource": FILE, "page": []}),
    ("search/action", {"subject": ALMA, "resource": FILE, "page": {"limit": "2"}}),
]


@pytest.mark.parametrize("path, body", MISTYPED)
async def test_a_body_that_does_not_fit_is_a_bad_request(interop, path, body):
    """Sections 10.1.1 and 10.1.2."""
    answer = await interop.send("POST", f"/access/v1/{path}", json=body)
    assert answer.status_code == 400 and answer.headers["content-type"].startswith("text/plain") and answer.text


BODIES = [
    ("no JSON", b"{", "application/json"),
    ("nothing", b"", "application/json"),
    ("two meanings (11.6)", b'{"subject":{},"subject":{}}', "application/json"),
    ("a number no double holds (11.6)", b'{"a":12345678901234567890}', "application/json"),
    ("no UTF-8 (11.6)", b'{"a":"\xff"}', "application/json"),
    ("too deep (11.8)", b'{"a":' + b"[" * 40 + b"]" * 40 + b"}", "application/json"),
    ("another content type", json.dumps(QUESTION).encode(), "text/plain"),
    ("no content type", json.dumps(QUESTION).encode(), None),
]


@pytest.mark.parametrize("path", ["evaluation", "evaluations", "search/subject", "search/resource", "search/action"])
@pytest.mark.parametrize("trouble, body, kind", BODIES, ids=[case[0] for case in BODIES])
async def test_what_is_no_json_object_is_a_bad_request(interop, path, trouble, body, kind):
    """Section 10.1.2."""
    headers = {"content-type": kind} if kind else {}
    answer = await interop.send("POST", f"/access/v1/{path}", content=body, headers=headers)
    assert answer.status_code == 400 and answer.text


@pytest.mark.parametrize("path", ["evaluation", "evaluations", "search/subject", "search/resource", "search/action"])
@pytest.mark.parametrize("token", [None, "made-up", "bwk_cli_madeup", "a.b.c"])
async def test_nobody_is_answered_without_a_token_that_holds(interop, path, token):
    """Sections 10.1.2 and 11.3."""
    asked = QUESTION if path[0] == "e" else {"subject": ALMA, "action": READ, "resource": FILE}
    answer = await interop.send("POST", f"/access/v1/{path}", who=None, token=token, json=asked)
    assert answer.status_code == 401 and answer.headers["www-authenticate"].startswith("Bearer") and answer.text


@pytest.mark.parametrize(
    "path, body, status",
    [
        ("evaluation", QUESTION, 200),
        ("evaluation", {}, 400),
        ("search/action", {"subject": ALMA, "resource": FILE}, 200),
    ],
)
async def test_the_request_id_comes_back_whatever_the_answer(interop, path, body, status):
    """Section 10.1.3."""
    marked = {"X-Request-ID": "bfe9eb29 — ab87".encode("latin-1", "replace").decode("latin-1")}
    answer = await interop.send("POST", f"/access/v1/{path}", json=body, headers=marked)
    assert answer.status_code == status and answer.headers["x-request-id"] == marked["X-Request-ID"]
    refused = await interop.send("POST", f"/access/v1/{path}", content=b"x", headers=marked)
    assert refused.status_code == 400 and refused.headers["x-request-id"] == marked["X-Request-ID"]
    assert "x-request-id" not in (await interop.send("POST", f"/access/v1/{path}", json=body)).headers


async def test_a_denial_is_no_error(interop):
    """Section 10.1.2: a deny is 200 with a body."""
    answer = await interop.send("POST", "/access/v1/evaluation", json=QUESTION | {"subject": agent("nobody")})
    assert answer.status_code == 200 and answer.json()["decision"] is False
    assert answer.headers["content-type"] == "application/json"
