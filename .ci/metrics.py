"""Parses the metrics of a running server with the parsers of the Prometheus project. Argument: the URL."""

import sys
import urllib.request

from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics


def families(accept, parse):
    request = urllib.request.Request(sys.argv[1], headers={"Accept": accept})
    with urllib.request.urlopen(request) as response:
        assert response.headers["Content-Type"].startswith(accept), response.headers["Content-Type"]
        found = {family.name: family.type for family in parse(response.read().decode())}
    untyped = [name for name, kind in found.items() if kind not in ("counter", "gauge", "histogram")]
    assert not untyped, f"{accept}: no type: {untyped}"
    return found


text = families("text/plain; version=0.0.4", parser.text_string_to_metric_families)
assert text["ballast_http_requests"] == "counter", text
assert text == families("application/openmetrics-text; version=1.0.0", openmetrics.text_string_to_metric_families)
print(f"metrics: {len(text)} families in both formats")
