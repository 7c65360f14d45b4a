"""`bailiwick up` with what operators watch switched on, as a real process."""

import subprocess
import sys

import httpx2
import pytest

from tests.cli.conftest import BAILIWICK, Served

TOKEN = "a token that only the scraper has"


@pytest.fixture
def scraped(tmp_path, monkeypatch):
    """What /metrics of a fresh server answers, by the settings and the header."""

    def ask(token="", **headers):
        monkeypatch.setenv("BAILIWICK_METRICS_TOKEN", token)
        with Served(tmp_path / "data") as served:
            return httpx2.get(f"{served.url}/metrics", headers=headers)

    return ask


def test_a_server_with_a_token_answers_whoever_sends_it(scraped):
    answer = scraped(TOKEN, Authorization=f"Bearer {TOKEN}")
    assert answer.status_code == 200
    assert "bailiwick_log_size" in answer.text
    assert 'bailiwick_build_info{version="' in answer.text


def test_without_a_token_there_are_no_metrics(scraped):
    answer = scraped()
    assert answer.status_code == 404
    assert "BAILIWICK_METRICS_TOKEN" in answer.text


@pytest.mark.parametrize(
    "name, value, told",
    [
        ("BAILIWICK_OTLP", "collector", "is no address"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "http/protobuf"),
    ],
)
def test_spans_that_cannot_be_sent_so_are_said_before_the_server_starts(tmp_path, monkeypatch, name, value, told):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv(name, value)
    done = subprocess.run(
        [*BAILIWICK, "up", "--data", str(tmp_path / "data"), "--port", "0"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_without_the_packages_the_server_says_which_are_missing(tmp_path, monkeypatch):
    """A start where the SDK cannot be imported, as in an installation without the extra."""
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['opentelemetry.sdk'] = None\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("BAILIWICK_OTLP", "http://127.0.0.1:9")
    command = [sys.executable, "-m", "bailiwick", "up", "--data", str(tmp_path / "data"), "--port", "0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "bailiwick[otel]" in done.stderr
