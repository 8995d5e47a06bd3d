"""run: waits for jobs and has them run."""

import base64
import json
import os
import queue
import signal
import subprocess
import threading
import time
import urllib.parse

from . import common, configure, update
from .common import Answered, Request

SESSION_CONFLICT_LIMIT = 8  # times the wait between two tries: four minutes at GitHub's
WORKER_PATIENCE = 30
RESULTS = {100: "Succeeded", 102: "Failed", 103: "Canceled"}


class Stopped(Exception):
    """Somebody wants it to end."""


class Listener:
    def __init__(self, given, log):
        self.given, self.log = given, log
        self.news = queue.SimpleQueue()  # ("answer", request, body), ("error", request, error), ("worker", code), ("stop",)
        self.status, self.worker, self.job, self.refresh = "Online", None, None, None
        self.session = self.bearer = None
        self.jobs_run = 0
        self.retry = 30.0

    def run(self):
        if self.given.value("jitconfig"):
            packed = json.loads(base64.b64decode(self.given.value("jitconfig")))
            for name, content in packed.items():
                configure.write(name, base64.b64decode(content).decode(), 0o666)  # the umask alone keeps others out
        if not common.configured():
            self.log.say("Not configured. Run config.(sh/cmd) to configure the runner.", error=True)
            return common.TERMINATED
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.news.put(("stop",)))
        self.settings = common.read_json(".runner")
        self.server = self.settings["serverUrlV2"].rstrip("/")
        try:
            code = self.connect()
            return code if code is not None else self.listen()
        except Stopped:
            self.log.trace("Runner execution been cancelled.")
            return common.SUCCESS
        finally:
            self.leave()

    # Requests that news can cut short

    def ask(self, verb, url, *, until_job_ends=False, **more):
        """The answer; Stopped where somebody wants it to end meanwhile. @param until_job_ends: None where a job ends meanwhile."""
        request = Request(verb, url, bearer=self.bearer, **more)

        def carry():
            try:
                self.news.put(("answer", request, request.send()))
            except (Answered, OSError) as error:
                self.news.put(("error", request, error))

        threading.Thread(target=carry, daemon=True).start()
        while True:
            what, *rest = self.news.get()
            if what == "stop":
                request.cut()
                raise Stopped
            if what == "worker":
                self.job_ended(rest[0])
                if not until_job_ends:
                    continue
                # The poll that was opened as Busy is cut off, whatever was on its way to it.
                request.cut()
                return None
            if rest[0] is not request:
                continue
            if what == "error":
                raise rest[1]
            return rest[1]

    def sleep(self, seconds):
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                what, *rest = self.news.get(timeout=left)
            except queue.Empty:
                return
            if what == "stop":
                raise Stopped
            if what == "worker":
                self.job_ended(rest[0])

    # Sessions

    def connect(self):
        """None once there is a session, else what to exit with."""
        conflicts = 0
        while True:
            try:
                self.log_in()
                self.log.say("\n√ Connected to GitHub\n")
                answer = self.ask("POST", f"{self.server}/session", body={"version": common.version(), "name": f"{os.uname().nodename} (PID: {os.getpid()})"})
                self.session = answer["sessionId"]
                self.log.trace("Session created.", part="BrokerMessageListener")
                return None
            except Answered as error:
                code = self.judge(error)
                if code is not None:
                    return code
                conflicts += error.status == 409
                if conflicts > SESSION_CONFLICT_LIMIT:
                    return common.SESSION_CONFLICT
                self.retry = error.retry
                self.log.say(f"{common.now()}: Runner connect error: {error.message}. Retrying until reconnected.", error=True)
            except OSError as error:
                self.log.say(f"{common.now()}: Runner connect error: {error}. Retrying until reconnected.", error=True)
            self.sleep(self.retry)

    def log_in(self):
        credentials, key = common.read_json(".credentials"), common.read_json(".credentials_rsaparams")
        answer = self.ask("POST", credentials["data"]["authorizationUrl"], body={"client_id": credentials["data"]["clientId"], "client_assertion": key["d"]})
        self.bearer = answer["access_token"]

    def judge(self, error):
        """What to exit with because of an answer; None: try again."""
        if error.message == "invalid_client":
            self.log.say("Failed to create a session. The runner registration has been deleted from the server, please re-configure. Runner "
                         "registrations are automatically deleted for runners that have not connected to the service recently.", error=True)
            return common.TERMINATED
        if error.status == 403 and "deprecated" in error.message:
            self.log.say(f"An error occured: {error.message}", error=True)
            return common.DEPRECATED
        return None

    def leave(self):
        if self.worker is not None:
            self.end_worker()
        if self.session is not None:
            try:
                Request("DELETE", f"{self.server}/session?sessionId={self.session}", bearer=self.bearer, timeout=10).send()
            except (Answered, OSError) as error:
                self.log.trace(f"The session could not be deleted: {error}", "WARN")

    # Messages

    def listen(self):
        self.log.say(f"Current runner version: '{common.version()}'")
        self.log.say(f"{common.now()}: Listening for Jobs")
        while True:
            if self.job is None and self.refresh is not None:
                return self.update()
            if self.job is None and self.jobs_run and (self.settings.get("ephemeral") or self.given.flag("once")):
                if self.settings.get("ephemeral"):
                    configure.delete_files(self.log)
                return common.SUCCESS
            try:
                message = self.poll()
            except Answered as error:
                if error.status == 401 and self.worker is not None:
                    self.await_worker()  # one for a single job is no more once it has told the result
                    continue
                if error.status == 401:
                    self.log.say("The runner registration or its session is gone.", error=True)
                    code = self.reconnect(error)
                    if code is not None:
                        return code
                    continue
                self.log.trace(f"Catch exception during get next message: {error}", "ERR", "BrokerMessageListener")
                self.sleep(min(error.retry, 15))
                continue
            except OSError as error:
                self.log.trace(f"Catch exception during get next message: {error}", "ERR", "BrokerMessageListener")
                self.sleep(min(self.retry, 15))
                continue
            if message is not None:
                self.handle(message)

    def poll(self):
        query = urllib.parse.urlencode({"sessionId": self.session, "status": self.status, "runnerVersion": common.version(), "os": "Linux", "architecture": "X64",
                                        "disableUpdate": str(bool(self.settings.get("disableUpdate"))).lower()})
        return self.ask("GET", f"{self.server}/message?{query}", until_job_ends=True)

    def reconnect(self, error):
        self.session = None
        code = self.judge(error)
        return code if code is not None else self.connect()

    def handle(self, message):
        kind = message["type"]
        if kind == "RunnerJobRequest":
            self.take(message["request"])
        elif kind == "JobCancellation" and self.worker is not None:
            self.worker.send_signal(signal.SIGINT)
        elif kind == "RunnerRefresh":
            self.refresh = message

    def take(self, request):
        self.log.trace(f"Acknowledging runner request '{request}'.", part="BrokerMessageListener")
        root = self.server.rsplit("/", 1)[0]
        try:
            self.ask("POST", f"{self.server}/acknowledge", body={"request": request})
        except (Answered, OSError) as error:
            self.log.trace(f"Acknowledging failed: {error}", "WARN", "BrokerMessageListener")
        try:
            job = self.ask("POST", f"{root}/run/acquirejob", body={"request": request})
        except (Answered, OSError) as error:
            reason = getattr(error, "message", str(error))
            self.log.trace(f"Skipping message Job. Job message already acquired '{request}'. {reason}", part="Runner")
            return
        job.update(root=root, bearer=self.bearer)
        try:
            self.await_worker()
        except Stopped:
            self.complete(job, "Canceled")
            raise
        self.start_worker(job)

    def await_worker(self):
        """The next job may come while the worker of the last one, which has told its result, is still there."""
        while self.worker is not None:
            what, *rest = self.news.get()
            if what == "stop":
                raise Stopped
            if what == "worker":
                self.job_ended(rest[0])

    # Jobs

    def start_worker(self, job):
        self.log.say(f"{common.now()}: Running job: {job['name']}")
        self.job, self.status = job, "Busy"
        self.worker = subprocess.Popen([os.path.join(common.BIN, "Runner.Worker")], stdin=subprocess.PIPE, text=True, cwd=common.ROOT)
        worker = self.worker
        try:
            with worker.stdin as stdin:
                stdin.write(json.dumps({**job, "work": self.settings["workFolder"]}))
        except BrokenPipeError:  # how it ended is said by its exit code
            pass
        threading.Thread(target=lambda: self.news.put(("worker", worker.wait())), daemon=True).start()
        threading.Thread(target=self.renew, args=(job, worker), daemon=True).start()

    def renew(self, job, worker):
        while worker.poll() is None:
            try:
                worker.wait(timeout=max(0.2, job.get("renewEvery", 60)))
            except subprocess.TimeoutExpired:
                try:
                    Request("POST", f"{job['root']}/run/renewjob", bearer=self.bearer, body={"jobId": job["jobId"]}, timeout=10).send()
                except (Answered, OSError) as error:
                    self.log.trace(f"Renewing failed: {error}", "WARN", "JobDispatcher")

    def job_ended(self, code):
        if code not in RESULTS:
            self.complete(self.job, "Failed")
        self.log.say(f"{common.now()}: Job {self.job['name']} completed with result: {RESULTS.get(code, 'Failed')}")
        self.worker = self.job = None
        self.status, self.jobs_run = "Online", self.jobs_run + 1

    def complete(self, job, result):
        """In the place of a worker that did not come to it."""
        try:
            Request("POST", f"{job['root']}/run/completejob", bearer=self.bearer, body={"jobId": job["jobId"], "result": result}, timeout=30).send()
        except (Answered, OSError) as error:
            self.log.trace(f"The result could not be told: {error}", "ERR", "JobDispatcher")

    def end_worker(self):
        """The end of the listener is the end of its job, too."""
        self.log.trace("Cancelling the job.", part="JobDispatcher")
        self.worker.send_signal(signal.SIGINT)
        try:
            self.worker.wait(timeout=WORKER_PATIENCE)
        except subprocess.TimeoutExpired:
            self.worker.kill()
        if self.worker.wait() not in RESULTS:
            self.complete(self.job, "Canceled")
        self.log.say(f"{common.now()}: Job {self.job['name']} completed with result: Canceled")

    def update(self):
        self.log.say("Runner update in progress, do not shutdown runner.")
        try:
            update.update(self.refresh, self.server.rsplit("/", 1)[0], self.settings["workFolder"], self.log)
        except (OSError, ValueError) as error:
            self.log.say(f"Runner update failed: {error}", error=True)
            self.refresh = None
            return common.RETRYABLE
        return common.ONCE_UPDATING if self.given.flag("once") else common.UPDATING
