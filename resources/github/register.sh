# ROOT ARGUMENT…: registers the runner in ROOT anew, as its own account. The token is on standard input, and goes on in the environment,
# which only this account can read.
cd -- "$1" || exit 1
shift
ACTIONS_RUNNER_INPUT_TOKEN=
IFS= read -r ACTIONS_RUNNER_INPUT_TOKEN || [ -n "$ACTIONS_RUNNER_INPUT_TOKEN" ] || { echo 'no token came'; exit 1; }
export ACTIONS_RUNNER_INPUT_TOKEN
HOME=$(getent passwd "$(id -un)" | cut -d : -f 6)
export HOME
# config.sh refuses to forget a runner that has a service.
if [ -f .service ]; then mv -T .service .hf-service || exit 1; fi
if [ -f .runner ]; then (unset ACTIONS_RUNNER_INPUT_TOKEN; ./config.sh remove --local) || exit 1; fi
./config.sh --unattended "$@" </dev/null
result=$?
if [ -f .hf-service ]; then mv -T .hf-service .service || exit 1; fi
exit $result
