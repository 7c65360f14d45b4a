"""The shared facts of a decision, read from the rows inside the writer's transaction."""

import hashlib

from bailiwick.core.approval import approval_from_row
from bailiwick.core.approval_rule import Candidate
from bailiwick.core.decide import DECIDER
from bailiwick.core.event import SYSTEM, Event, EventType
from bailiwick.core.facts import ApprovalFact, Facts, HaltFact, TwinFact
from bailiwick.flow.past import last_seen, spent_before, steps_done, utc_day
from bailiwick.flow.person import is_solo
from bailiwick.flow.prepare import Prepared
from bailiwick.flow.quarantine import held_back
from bailiwick.flow.run import revoked, run_fact
from bailiwick.ledger import canonical
from bailiwick.ports.store import Row, Shelf

DAY_US = 86_400_000_000


def gather(shelf: Shelf, call: Prepared, agent: Row | None, run: Row) -> Facts:
    """Everything that `decide` reads beside policy and request."""
    connector = shelf.get("connector", call.connector)
    scopes = ("all", f"agent:{call.agent}", f"workflow:{run['workflow']}", f"connector:{call.connector}")
    halts = [row for scope in scopes if (row := shelf.get("halt", scope))]
    check = call.policy.check(call.tool, call.arguments)
    totals = {
        name: _total(shelf, tally_id(name, call.entry.name, run, shelf.now_us))
        for name in (check.totals if check else ())
        if call.entry
    }
    twin = shelf.get("inflight", call.digest) if check and not check.entry.idempotent else None
    return Facts(
        at_us=shelf.now_us,
        decider=DECIDER,
        definition=call.definition,
        revoked=revoked(agent, call.epoch),
        connector_stop=_stop(connector, shelf.now_us),
        schema_error=call.schema_error,
        local=call.local,
        halts=tuple(HaltFact(halt["id"], halt["reason"]) for halt in halts),
        run=run_fact(shelf, run, call.digest),
        totals=totals,
        twin=TwinFact(twin["action"], twin["state"]) if twin else None,
        approval=_approval(shelf, binding_of(call, run)) if check and check.may_ask else None,
        seen=last_seen(shelf, call.agent, check, call.arguments) if check else {},
        done=steps_done(shelf, run, (rule.reads for rule in check.order)) if check else {},
        spent=spent_before(shelf, run, check) if check else {},
        quarantine=held_back(shelf, call.connector, call.tool, check.entry) if check else None,
    )


def binding_of(call: Prepared, run: Row) -> str:
    """What an approval is bound to: agent, intent, charter and catalogue version, tool definition and exact bytes.

    Whom the run is for belongs to it: who may vote depends on that, so a run for somebody else asks for itself.
    """
    policy = call.policy
    parts: list[object] = [call.agent, run["requester"], run["workflow"], run["intent"], policy.charter_digest]
    parts += [policy.catalogue_digest, call.definition, call.digest]
    return hashlib.sha256(canonical.encode_any(parts)).hexdigest()


def tally_id(total: str, action: str, run: Row, now_us: int) -> str:
    """The row that sums `run.<measure>`, `day.<measure>` (an agent's UTC day) or `tree.<measure>` of one action."""
    scope, _, measure = total.partition(".")
    owner = {"run": run["id"], "tree": run["root"], "day": f"{run['agent']}@{utc_day(now_us)}"}[scope]
    return f"{scope}|{owner}|{action}|{measure}"


def candidates(shelf: Shelf) -> list[Candidate]:
    """Everybody who could vote, with the roles they hold now."""
    return [Candidate(row["id"], frozenset(row["roles"]), row["active"]) for row in shelf.all("person")]


def expire_if_due(shelf: Shelf, row: Row) -> Row:
    """The approval's row with the clock applied; writes the expiry and its event the first time it is seen."""
    status = approval_from_row(row).status_at(shelf.now_us)
    if status == "expired" and row["status"] != "expired":
        row = {**row, "status": "expired", "settled_us": shelf.now_us}
        shelf.put("approval", row)
        data = {"approval": row["id"], "agent": row["agent"], "name": row["name"]}
        shelf.append(Event(EventType.APPROVAL_EXPIRED, SYSTEM, data, row["run"], row["action"]))
    return row


def _approval(shelf: Shelf, binding: str) -> ApprovalFact | None:
    slot = shelf.get("approval_slot", binding)
    row = shelf.get("approval", slot["approval"]) if slot else None
    if row is None:
        return None
    row = expire_if_due(shelf, row)
    approval = approval_from_row(row)
    filled = row["status"] == "approved" and approval.filled_by(candidates(shelf), is_solo(shelf))
    names = ("id", "status", "digest", "definition", "charter", "use_by_us")
    return ApprovalFact(**{name: row[name] for name in names}, filled=filled)


def _stop(connector: Row | None, now_us: int) -> str | None:
    if connector is None or connector["secret_set_us"] is None:
        return None
    age_us, most = now_us - connector["secret_set_us"], connector["secret_max_age_days"]
    if age_us <= most * DAY_US:
        return None
    return f"the credential of `{connector['id']}` is older than {most} days; set a new one to use it again"


def _total(shelf: Shelf, key: str) -> int:
    row = shelf.get("tally", key)
    return int(row["total"]) if row else 0
