"""Image, settings, start and stop."""

import json
import subprocess
import threading
import time

import rig
from wire import ask


def prepare():
    global net, proxy
    net = rig.network("start")
    rig.stub(net)
    proxy = rig.Proxy(net)


def _refusal(**settings):
    done = subprocess.run(["docker", "run", "--rm", *rig.proxy_arguments(**settings), rig.PROXY_IMAGE, "nginx", "-t"],
                          capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout, done.stderr


def check_invalid_setting_stops_the_start_with_one_line_that_names_it():
    wrong = {
        "SERVER_NAME": ("", "a;b", "x{", "~^.*$", "a\nb", "*"),
        "APP_UPSTREAM": ("app", "app:0", "app:5150;", "http://app:5150"),
        "UPLOAD_MAX_BYTES": ("10m", "-1", "0", "1e9"),
        "EDGE_RATE": ("fast", "0"), "EDGE_BURST": ("-5",), "EDGE_CONNECTIONS": ("many",),
        "REQUEST_TIMEOUT_SECONDS": ("30s",), "WORKER_PROCESSES": ("auto",), "RESOLVER": ("dns; x",),
        "OUTER_PROXIES": ("10.0.0.0/8;", "*", "0.0.0.0/0", "10.0.0.0/8,128.0.0.0/1", "::/0", "fd00::/6"), "TLS_KEY": ("/etc/passwd",), "TLS_CERTIFICATE": ("/none",),
    }
    count = 0
    for name, values in wrong.items():
        for value in values:
            code, out, err = _refusal(**{name: value})
            other = {"TLS_KEY": "TLS_CERTIFICATE", "TLS_CERTIFICATE": "TLS_KEY"}.get(name, name)
            assert code == 64, f"{name}={value!r} ended {code}: {out}{err}"
            line, = out.splitlines()
            assert json.loads(line)["message"].split(" ")[0] in (name, other), line
            count += 1
    return f"{count} invalid values"


def check_valid_configuration_passes_nginx_t():
    code, _, err = _refusal(OUTER_PROXIES="10.0.0.0/8, 2001:db8::/32, fc00::/7", SERVER_NAME="a.example *.b.example 127.0.0.1")
    assert code == 0 and "test is successful" in err and "[warn]" not in err, err


def check_process_has_neither_root_nor_capabilities():
    status = rig.docker("exec", proxy.id, "cat", "/proc/1/status")
    facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert facts["Uid"].split("\t")[0] == "10101" and facts["Gid"].split("\t")[0] == "10101"
    assert int(facts["CapEff"], 16) == 0 and int(facts["CapBnd"], 16) == 0 and facts["NoNewPrivs"] == "1"
    assert facts["Name"] == "nginx"


def check_image_has_no_setuid_or_setgid_file():
    found = rig.docker("run", "--rm", "--user", "0", "--entrypoint", "find", rig.PROXY_IMAGE, "/", "-xdev", "-perm", "/6000")
    assert found == "", found


def check_health_check_fails_without_nginx_and_is_internal():
    assert rig.docker("exec", proxy.id, "/usr/local/bin/healthcheck") == ""
    assert ask(proxy.port, target="/nginx-health").status == 404
    standalone = subprocess.run(["docker", "run", "--rm", "--entrypoint", "/usr/local/bin/healthcheck", rig.PROXY_IMAGE],
                           capture_output=True)
    assert standalone.returncode != 0


def check_container_stops_with_exit_code_0():
    other = rig.Proxy(net)
    begun = time.monotonic()
    rig.docker("stop", "--time", "10", other.id)
    code = rig.docker("inspect", "--format", "{{.State.ExitCode}}", other.id)
    assert code == "0", code
    return f"{time.monotonic() - begun:.1f} s"


def check_running_request_finishes_before_the_stop():
    other = rig.Proxy(net)
    answers = []
    running = threading.Thread(target=lambda: answers.append(ask(other.port, target="/slow?stop").status))
    running.start()
    rig.wait(lambda: "/slow?stop" in ask(proxy.port, target="/seen").json()["seen"], 30, "no request at the app")
    assert not answers, "the request finished before the stop"
    rig.docker("stop", "--time", "20", other.id)
    running.join()
    assert answers == [200], answers


def check_killed_container_starts_again():
    other = rig.Proxy(net)
    rig.docker("kill", other.id)
    rig.docker("start", other.id)
    rig.wait(other.healthy, 90, "not healthy after a kill")
