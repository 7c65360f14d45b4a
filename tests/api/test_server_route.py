"""The servers of an installation over HTTP, and a server that says that it must not be used now."""

from bailiwick.flow.presence import Presence
from bailiwick.flow.server import ServerCard


async def test_the_servers_are_listed_with_the_one_that_answers(house):
    here = house.here
    await here.presence.join()
    card = ServerCard("srv-other", "west.acme.example:8700", here.public_url, "1.0", here.presence.card.keys)
    other = Presence(card, here.store, here.reader, here.clock.now_us, alone=False)
    await other.join()
    found = (await house.as_person("ana", "GET", "/v1/servers"))["items"]
    assert [(one["id"], one["state"], one["answered"]) for one in found] == [
        ("srv-other", "live", False),
        (here.presence.card.id, "live", True),
    ]
    await other.leave()
    found = (await house.as_person("ana", "GET", "/v1/servers"))["items"]
    assert [one["state"] for one in found] == ["live", "stopped"]


async def test_a_server_that_gave_no_sign_of_life_is_silent(house):
    mine = house.here.presence

    class Silence:
        """As if the last sign of life were a lease and a second old."""

        def step(self, shelf):
            row = shelf.get("server", mine.card.id)
            shelf.put("server", {**row, "beat_us": shelf.now_us - mine.lease_us - 1_000_000})

    await mine.join()
    await house.here.store.commit(Silence())
    (one,) = (await house.as_person("ana", "GET", "/v1/servers"))["items"]
    assert one["state"] == "silent" and one["open_actions"] == 0


async def test_a_server_that_cannot_hear_is_not_healthy(house, monkeypatch):
    async with house.client() as nobody:
        assert (await nobody.get("/health")).json()["server"] == house.here.presence.card.id
        hearing = house.here.hearing
        monkeypatch.setattr(hearing, "_patience_us", 0)
        monkeypatch.setattr(hearing, "_heard_us", 0)
        answer = await nobody.get("/health")
    assert answer.status_code == 503
    assert "lets nothing through" in answer.json()["error"]["message"]
