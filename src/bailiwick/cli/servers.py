"""`bailiwick servers`: who serves this installation."""

from bailiwick.cli.option import Json, Server


def servers(server: Server = "", as_json: Json = False) -> None:
    """List the servers of the installation: those that serve, then those that served lately.

    Of several `bailiwick up` on one PostgreSQL each is a line. A `lost` one was silent for too long: what it had under
    way is unknown, and somebody has to look (`bailiwick reconcile`).

        bailiwick servers
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import moment, print_json, print_table

    found = list(connect(server).items(place("servers")))
    if as_json:
        print_json({"items": found})
        return
    rows = [
        [
            f"{one['address']}{' (answers here)' if one['answered'] else ''}",
            one["state"],
            one["version"],
            moment(one["started_us"]),
            moment(one["beat_us"]),
            one["open_actions"],
        ]
        for one in found
    ]
    print_table(["server", "state", "version", "since", "last sign of life", "under way"], rows, "no server has joined")
