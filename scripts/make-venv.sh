#!/bin/sh
# make-venv.sh PYTHON FOLDER: makes a virtual environment, or says what is missing and how to get it.
set -eu
python=$1
folder=$2

stop() {
  printf 'cannot make the virtual environment: %s\n' "$1" >&2
  exit 1
}

command -v "$python" >/dev/null 2>&1 ||
  stop "$python is not installed. On Debian: sudo apt-get install python3 python3-venv; on macOS: brew install python"

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  stop "$("$python" --version 2>&1) is too old, 3.11 or newer is needed. If another is installed: make run PYTHON=python3.12"

if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
  # Debian keeps these in a package of their own, named after the exact version.
  version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  package="python$version-venv"
  command -v apt-get >/dev/null 2>&1 || stop "$python has no venv or ensurepip module; install them and run make again"
  [ "$(id -u)" -eq 0 ] || stop "$python has no venv module. Run: sudo apt-get install $package; then run make again"
  echo "installing Debian's $package" >&2
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package" >/dev/null; } ||
    stop "apt-get could not install $package; its own message stands above"
fi

# --clear takes away what an interrupted run left half made.
"$python" -m venv --clear "$folder" || { rm -rf "$folder"; stop "$python -m venv failed; its own message stands above"; }
