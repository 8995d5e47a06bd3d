#!/bin/bash
# Stand-in for actions/runner: the same flags, variables, files and exit codes; see tests/fakes/README.md of holdfast.
if [ "$(id -u)" -eq 0 ] && [ -z "$RUNNER_ALLOW_RUNASROOT" ]; then
  echo 'Must not run with sudo'
  exit 1
fi
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" || exit 1
if [ ! -x bin/Runner.Listener ]; then
  echo 'bin/Runner.Listener is not here: the archive was not unpacked whole' >&2
  exit 1
fi
# What is in the environment of whoever configures is what jobs will see.
./env.sh
if [ "$1" = remove ]; then
  exec ./bin/Runner.Listener "$@"
fi
exec ./bin/Runner.Listener configure "$@"
