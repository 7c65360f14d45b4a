#!/usr/bin/env bash
# Make .venv hold what `runtime` (demo, server) or `dev` (tests, lint) needs; nothing to do is instant.
#
# The stamp in .venv names the set that is installed and the digest of the files it came from, so a
# changed requirement file is noticed whatever its date says. A `dev` environment also serves `runtime`.
# Packages are only added or moved to the pinned version, never removed under a process that uses them;
# `make clean` starts afresh.
set -euo pipefail
cd "$(dirname "$0")/.."

want=${1:?usage: tools/environment.sh runtime|dev}
venv=.venv
python=$venv/bin/python
stamp=$venv/.bailiwick

say() { echo "environment: $*" >&2; }

sources() { # the files that decide what set $1 holds
  printf '%s\n' pyproject.toml requirements/bootstrap.txt "requirements/$1.txt"
}

fresh() { # is set $1 installed from the files as they are now?
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(state "$1")" ]
}

state() { # what the stamp says once set $1 is installed
  local files
  mapfile -t files < <(sources "$1")
  printf '%s %s\n' "$1" "$(cat -- "${files[@]}" | git hash-object --stdin)"
}

find_python() { # print the first interpreter that is new enough and can create environments
  local candidate found='' # `found` is new enough but lacks ensurepip
  for candidate in ${PYTHON:-python3.11 python3 python3.12 python3.13 python3.14}; do
    "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
    if "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
      echo "$candidate"
      return
    fi
    found=${found:-$candidate}
  done
  if [ -n "$found" ]; then
    say "\`$found\` cannot create virtual environments: install the package \`python3-venv\`" \
      "(\`apt-get install python3-venv\`), then run make again"
  else
    say "no Python 3.11 or newer found among \`${PYTHON:-python3.11 python3}\`: install the package" \
      "\`python3-venv\`, or name an interpreter with \`PYTHON=/path/to/python3\`"
  fi
  return 1
}

create_venv() { # a working interpreter with pip in .venv
  local base
  if [ -e "$venv" ] && ! "$python" -c '' 2>/dev/null; then
    say "the interpreter of $venv is gone; building $venv anew"
    rm -rf "$venv"
  fi
  if [ ! -e "$venv" ]; then
    base=$(find_python)
    say "creating $venv with $("$base" --version)"
    "$base" -m venv "$venv"
  fi
  "$python" -c 'import pip' 2>/dev/null || "$python" -m ensurepip >/dev/null
}

pip_install() { "$python" -m pip install -qq --disable-pip-version-check --no-input "$@"; }

uv_install() { # uv reads no pip.conf, so it is told the index that pip is configured for, if any
  local index
  index=$("$python" -m pip config list 2>/dev/null | sed -n "s/^[^=]*[.]index-url='\([^' ]*\)'$/\1/p" | tail -n 1)
  if [ -n "$index" ] && [ -z "${UV_DEFAULT_INDEX:-}" ]; then export UV_DEFAULT_INDEX=$index; fi
  UV_HTTP_TIMEOUT=${UV_HTTP_TIMEOUT:-60} "$venv/bin/uv" --quiet pip install --python "$python" "$@"
}

install() { # set $1 from its hashed file, then the project itself
  local packages=(--require-hashes -r "requirements/$1.txt")
  local project=(--no-deps --no-build-isolation -e .)
  say "installing $(grep -c '==' "requirements/$1.txt") packages from requirements/$1.txt"
  pip_install --require-hashes -r requirements/bootstrap.txt
  if uv_install "${packages[@]}"; then
    uv_install "${project[@]}"
  else
    say "uv did not succeed with pip's index; installing with pip, which takes longer"
    pip_install "${packages[@]}"
    pip_install "${project[@]}"
  fi
}

case $want in runtime | dev) ;; *)
  say "unknown set \`$want\`: use runtime or dev"
  exit 2
  ;;
esac
if fresh "$want" || fresh dev; then exit 0; fi

# Two makes at once: the second waits, then finds the work done.
if command -v flock >/dev/null; then
  mkdir -p build
  exec 9>build/environment.lock
  flock 9
  if fresh "$want" || fresh dev; then exit 0; fi
fi

# INVARIANT: a `dev` environment is refreshed as `dev`, or its stamp would promise tools that fell behind.
if [ -f "$stamp" ] && [ "$(cut -d ' ' -f 1 "$stamp")" = dev ]; then want=dev; fi
create_venv
rm -f "$stamp"
install "$want"
state "$want" >"$stamp"
