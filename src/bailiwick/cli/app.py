"""Every command in one tree, and the one place where a failure becomes a sentence and an exit code."""

import json
import os
import sys
from collections.abc import Callable
from importlib.metadata import version

import typer

from bailiwick.cli import (
    account,
    agent,
    anchor,
    approval,
    ask,
    attestation,
    behaviour,
    bridge,
    catalogue,
    charter,
    charter_test,
    charter_version,
    connector,
    doctor,
    evidence,
    explain,
    grant,
    halt,
    person,
    play,
    proof,
    recheck,
    record,
    retention,
    schema,
    server,
    servers,
    signer,
    store,
    subject,
    trial,
    whatif,
)
from bailiwick.cli import (
    run as runs,
)
from bailiwick.cli.closing import AT_END
from bailiwick.cli.lesson import lesson
from bailiwick.cli.trouble import CommandError, ExitCode

app = typer.Typer(
    name="bailiwick",
    help="Govern what AI agents do: charters, approvals, a record that verifies.\n\n"
    "Start with `bailiwick up` in one terminal and `bailiwick login --link …` in another. "
    "Every command has `--help` with an example and `--json` for programs.\n\n"
    "Exit status: 0 done; 1 refused, or the answer is no; 2 the command line is wrong; 3 not signed in or not "
    "allowed; 4 a server does not answer; 5 a document is not valid; 6 a charter allows more than the one before.",
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
COMMANDS: dict[str, Callable[..., None]] = {
    "up": server.up,
    "demo": play.demo,
    "doctor": doctor.doctor,
    "signer": signer.signer,
    "login": account.login,
    "logout": account.logout,
    "whoami": account.whoami,
    "mode": person.mode,
    "bridge": bridge.bridge,
    "approvals": approval.approvals,
    "approve": approval.approve,
    "deny": approval.deny,
    "halt": halt.halt,
    "halts": halt.halts,
    "servers": servers.servers,
    "resume": halt.resume,
    "reconcile": runs.reconcile,
    "recheck": recheck.recheck,
}
GROUPS = {
    "connector": connector.app,
    "catalogue": catalogue.app,
    "charter": charter.app,
    "person": person.app,
    "agent": agent.app,
    "behaviour": behaviour.app,
    "run": runs.app,
    "record": record.app,
    "anchor": anchor.app,
    "ask": ask.app,
    "subject": subject.app,
    "store": store.app,
}
charter.app.command("test")(charter_test.run_tests)
charter.app.command("diff")(charter_version.diff)
charter.app.command("versions")(charter_version.versions)
charter.app.command("second")(charter_version.second)
charter.app.command("withdraw")(charter_version.withdraw)
charter.app.command("rollback")(charter_version.rollback)
charter.app.command("tag")(charter_version.tag)
charter.app.command("whatif")(whatif.whatif)
charter.app.command("shadow")(trial.shadow)
charter.app.command("canary")(trial.canary)
charter.app.command("trial")(trial.trial)
charter.app.command("explain")(explain.explain)
charter.app.command("matrix")(grant.show_matrix)
charter.app.command("unused")(grant.show_unused)
charter.app.command("trim")(grant.trim)
charter.app.command("schema")(schema.charter_form)
record.app.command("bundle")(evidence.bundle)
record.app.command("retention")(retention.retention)
record.app.command("retain")(retention.retain)
record.app.command("prune")(retention.prune)
record.app.command("prove")(proof.prove)
record.app.command("verify-proof")(proof.verify_proof)
runs.app.command("attest")(attestation.attest)
runs.app.command("verify-attestation")(attestation.verify_attestation)
catalogue.app.command("schema")(schema.catalogue_form)
for _name, _command in COMMANDS.items():
    app.command(_name, help=lesson(_command))(_command)
for _name, _group in GROUPS.items():
    for _known in _group.registered_commands:
        _known.help = lesson(_known.callback) if _known.callback else None
    app.add_typer(_group, name=_name)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"bailiwick {version('bailiwick')}")
        raise typer.Exit


@app.callback()
def _root(
    _: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    return None


def run() -> None:
    """Run one command line and end the process."""
    try:
        app(prog_name="bailiwick")
    except CommandError as error:
        if "--json" in sys.argv[1:]:
            typer.echo(json.dumps(error.document()))
        for line in error.lines():
            typer.echo(line, err=True)
        sys.exit(error.code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # whoever read our output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.DONE)
    finally:
        AT_END.close()
