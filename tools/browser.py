"""Find the Chromium that the browser journeys drive, installing Debian's package where that is allowed.

python tools/browser.py            print its path, or what to install (exit 1)
python tools/browser.py --install  install it if missing; without one, fail only when CI=true
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLACES = (
    Path("/usr/bin/chromium"),
    Path("/snap/bin/chromium"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)
MISSING = (
    "no Chromium found for the browser journeys: install the package `chromium` "
    "(`apt-get install chromium`), or set CHROMIUM to the path of a Chromium or Chrome"
)


def find() -> Path | None:
    """Return the browser to drive; `CHROMIUM` wins, and a wrong `CHROMIUM` is no browser at all."""
    if chosen := os.environ.get("CHROMIUM"):
        return Path(chosen) if os.access(chosen, os.X_OK) else None
    on_path = (shutil.which(name) for name in NAMES)
    places = (str(place) for place in PLACES if os.access(place, os.X_OK))
    return next((Path(found) for found in (*on_path, *places) if found), None)


def is_ci() -> bool:
    """Say whether a missing browser must fail rather than skip."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def as_root() -> list[str] | None:
    """Return the prefix that runs a command as root without asking, or None where that is not allowed."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n"]
    return None


def install() -> bool:
    """Install Debian's package; False where there is no apt-get, no right to use it, or it fails."""
    root = as_root()
    if shutil.which("apt-get") is None or root is None or os.environ.get("CHROMIUM"):
        return False
    print("browser: installing Debian's package `chromium` for the browser journeys", flush=True)
    quiet = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o=Dpkg::Use-Pty=0"]
    package = [*quiet, "install", "--yes", "--no-install-recommends", "chromium"]
    for step in ([*quiet, "update"], package):
        done = subprocess.run(step, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(f"browser: apt-get failed: {done.stderr.strip().splitlines()[-1:]}")
    return done.returncode == 0


def main(arguments: list[str]) -> int:
    found = find()
    if found is None and "--install" in arguments and install():
        found = find()
    if found is not None:
        print(f"browser: {found}" if "--install" in arguments else found)
        return 0
    skipped = "--install" in arguments and not is_ci()
    print(f"browser: {MISSING}" + ("; the journeys are skipped until then" if skipped else ""))
    return 0 if skipped else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
