#!/usr/bin/env bash
# Write the hashed requirement files from pyproject.toml; `--upgrade` moves to the newest allowed versions.
# Each file is constrained by the one before it, so that any of them can be installed together.
set -euo pipefail
cd "$(dirname "$0")/.."

uv=.venv/bin/uv
if [ ! -x "$uv" ]; then
  echo "requirements: no uv in .venv; run \`make venv\` first" >&2
  exit 1
fi

# A resolution for every platform and every Python we accept, naming no package index.
compile() {
  "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-header "${@:2}" --output-file "requirements/$1.txt"
  echo "requirements/$1.txt: $(grep -c '==' "requirements/$1.txt") packages"
}

compile bootstrap "$@" --group pyproject.toml:bootstrap
compile runtime "$@" pyproject.toml --extra demo --constraint requirements/bootstrap.txt
compile dev "$@" pyproject.toml --all-extras --group dev \
  --constraint requirements/bootstrap.txt --constraint requirements/runtime.txt
