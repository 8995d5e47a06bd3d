#!/bin/bash
# What the unit starts. It passes the signal on and waits until the listener is gone.
trap 'kill -INT $PID' TERM INT
if [ -f .path ]; then
  PATH=$(cat .path)
  export PATH
fi
./bin/RunnerService &
PID=$!
wait $PID
trap - TERM INT
wait $PID
