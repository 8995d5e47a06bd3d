#!/bin/bash
# Runs the listener in the foreground, and again where it says so.
DIR=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
if [ "$(id -u)" -eq 0 ] && [ -z "$RUNNER_ALLOW_RUNASROOT" ]; then
  echo 'Must not run interactively with sudo'
  exit 1
fi
while :; do
  cp -f "$DIR/run-helper.sh.template" "$DIR/run-helper.sh"
  "$DIR/run-helper.sh" "$@"
  code=$?
  if [ $code -ne 2 ]; then
    echo 'Exiting runner...'
    exit 0
  fi
  echo 'Restarting runner...'
done
