import smtplib
from http.client import HTTPConnection

import pytest

from bailiwick.demo.company.mail import mail
from bailiwick.demo.company.office import HTTP_SERVERS

# What an agent might hold: a well-formed access token of somebody else's issuer.
AGENT_TOKEN = "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJhZ2VudCJ9.c2lnbmF0dXJl"


@pytest.mark.parametrize("era", ["2025-11-25", "2026-07-28"])
@pytest.mark.parametrize("name", HTTP_SERVERS)
def test_without_a_credential_nothing_answers_but_401(office, post, name, era):
    status, headers, body = post(office.branches[name], "tools/list", {}, era=era)
    assert (status, body["error"]) == (401, "missing_token")
    assert headers["www-authenticate"].startswith(f'Bearer realm="acme-{name}"')


@pytest.mark.parametrize(
    "given",
    [
        [f"Bearer {AGENT_TOKEN}"],
        ["Bearer "],
        ["Bearer"],
        ["Basic {secret}"],
        ["{secret}"],
        ["Bearer {secret}x"],
        ["Bearer  {secret}"],
        ["Bearer {other}"],
        ["Bearer {admin}"],
        ["Bearer {secret}", "Bearer {secret}"],
        [f"Bearer {AGENT_TOKEN}", "Bearer {secret}"],
    ],
)
def test_any_credential_but_the_vendors_own_is_refused(office, post, given):
    known = {
        "secret": office.crm.secret,
        "other": office.ads.secret,
        "admin": office.crm.admin_secret,
    }
    authorization = [value.format(**known) for value in given]
    status, _, body = post(office.crm, "tools/list", {}, authorization=authorization)
    assert (status, body["error"]) == (401, "invalid_token")
    assert "acme-crm issued" in body["error_description"]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_faults_are_switched_with_the_admin_secret_alone(office, method):
    connection = HTTPConnection(office.crm.host, office.crm.port, timeout=10)
    try:
        connection.request(method, "/faults", headers={"Authorization": f"Bearer {office.crm.secret}"})
        assert connection.getresponse().status == 401
    finally:
        connection.close()


def test_the_relay_takes_no_mail_from_a_stranger(office):
    before = len(mail(office.sink.database))
    with smtplib.SMTP(office.sink.host, office.sink.port, local_hostname="x.example", timeout=10) as smtp:
        smtp.ehlo()
        assert smtp.mail("agent@acme.example")[0] == 530
        with pytest.raises(smtplib.SMTPSenderRefused):
            smtp.sendmail("agent@acme.example", ["all@example.com"], "Subject: x\r\n\r\nx")
    assert len(mail(office.sink.database)) == before


@pytest.mark.parametrize("password", [AGENT_TOKEN, "", "wrong", "the secret of the e-mail service"])
def test_the_relay_refuses_a_password_that_is_not_its_own(office, password):
    if password.startswith("the secret"):
        password = office.email.secret
    with smtplib.SMTP(office.sink.host, office.sink.port, local_hostname="x.example", timeout=10) as smtp:
        with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
            smtp.login("agent", password)
        assert refused.value.smtp_code == 535
        assert smtp.mail("agent@acme.example")[0] == 530
