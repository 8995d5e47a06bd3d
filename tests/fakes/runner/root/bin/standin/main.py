"""The command line of Runner.Listener."""

import os
import sys

from . import common, configure, listen

FLAGS = {"unattended", "replace", "ephemeral", "disableupdate", "no-default-labels", "generateserviceconfig", "once", "local", "help",
         "version", "commit", "check"}
VALUES = {"url", "token", "pat", "name", "runnergroup", "labels", "work", "monitorsocketaddress", "jitconfig", "startuptype", "auth"}
COMMANDS = {"configure", "remove", "run", "warmup"}
PREFIX = "ACTIONS_RUNNER_INPUT_"


class Given:
    """What was given as arguments, or as variables, which are taken out of the environment."""

    def __init__(self, argv, environment):
        self.command, self.values, self.unknown = None, {}, []
        for name in [n for n in environment if n.upper().startswith(PREFIX)]:
            self.values[name[len(PREFIX):].lower()] = environment.pop(name)
        argv = list(argv)
        while argv:
            word = argv.pop(0)
            name = word[2:].lower() if word.startswith("--") else None
            if name in FLAGS:
                self.values[name] = "true"
            elif name in VALUES:
                self.values[name] = argv.pop(0) if argv and not argv[0].startswith("--") else ""
            elif name is None and self.command is None and word.lower() in COMMANDS:
                self.command = word.lower()
            else:
                self.unknown.append(word)

    def flag(self, name):
        return self.values.get(name, "").lower() in ("true", "1")

    def value(self, name, default=None):
        return self.values.get(name) or default


def load_environment():
    """Jobs see what stands in .env."""
    if not os.path.exists(common.path(".env")):
        return
    with open(common.path(".env"), encoding="utf-8") as file:
        for line in file:
            name, is_pair, value = line.rstrip("\n").partition("=")
            if is_pair and name:
                os.environ[name] = value


def main():
    given = Given(sys.argv[1:], os.environ)
    if given.flag("version"):
        print(common.version())
        return common.SUCCESS
    if given.flag("commit"):
        print("0" * 40)
        return common.SUCCESS
    if given.flag("help"):
        print("Commands:\n ./config.sh         Configures the runner\n ./config.sh remove  Unconfigures the runner\n ./run.sh            Runs the runner")
        return common.SUCCESS
    if given.command == "warmup":
        return common.SUCCESS
    load_environment()
    log = common.Log("Runner")
    if given.unknown:
        log.say(f"Unrecognized command-line input arguments for command {given.command or 'run'}: '{', '.join(given.unknown)}'. "
                "For usage refer to: .\\config.cmd --help or ./config.sh --help", error=True)
    try:
        if given.command == "configure":
            configure.configure(given, log)
            return common.SUCCESS
        if given.command == "remove":
            configure.remove(given, log)
            return common.SUCCESS
        return listen.Listener(given, log).run()
    except configure.Wrong as error:
        log.say(str(error), error=True)
        return common.TERMINATED
    except (common.Answered, OSError) as error:
        log.say(f"An error occurred: {error}", error=True)
        return common.TERMINATED
