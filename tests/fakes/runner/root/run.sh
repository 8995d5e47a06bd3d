#!/bin/bash
# Runs the listener in the foreground, and again where it says so.
DIR=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
if [ "$(id -u)" -eq 0 ] && [ -z "$RUNNER_ALLOW_RUNASROOT" ]; then
  echo 'Must not run interactively with sudo'
  exit 1
fi
if [ -n "$RUNNER_MANUALLY_TRAP_SIG" ]; then
  # A signal goes on to all that it started, and is waited for.
  set -m
  signaled=0
  trap 'kill -INT -$PID; signaled=1' INT TERM
fi
while :; do
  cp -f "$DIR/run-helper.sh.template" "$DIR/run-helper.sh"
  if [ -n "$RUNNER_MANUALLY_TRAP_SIG" ]; then
    "$DIR/run-helper.sh" "$@" &
    PID=$!
    wait $PID
    code=$?
    if [ $signaled -eq 1 ]; then
      wait $PID
      code=$?
    fi
  else
    "$DIR/run-helper.sh" "$@"
    code=$?
  fi
  if [ $code -ne 2 ]; then
    echo 'Exiting runner...'
    [ -n "$RUNNER_MANUALLY_TRAP_SIG" ] || exit 0
    exit $code
  fi
  echo 'Restarting runner...'
done
