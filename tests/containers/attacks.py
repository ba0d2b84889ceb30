"""Worst-case requests for every route: requests that use the most memory, or use memory for the longest time."""

import json
import re
from pathlib import Path

from memory import Attack, documents, ids_of
from stack import sql, upload

ROOT = Path(__file__).parents[2]
MIB = 1024 * 1024
# Path and query are limited to 8 KiB together, and all headers to 32 KiB.
LONG = "%22" * 2500
HEADERS = {"User-Agent": '"' * 30_000}

# Document bodies of 1 MiB as SQL expressions.
TEXTS = {
    "control": f"repeat(chr(1), {MIB})",
    "quotes": f"repeat('\"', {MIB})",
    "emphasis": f"repeat('*a_ ', {MIB // 4})",
    "brackets": f"repeat('[', {MIB})",
    "table": "'|' || repeat('a|', 64) || E'\\n|' || repeat('-|', 64) || E'\\n' || repeat(E'|\\n', 500000)",
    "links": f"'[a]: http://' || repeat('x', 1900) || E'\\n\\n' || repeat('[a] ', {MIB // 4 - 500})",
    "footnotes": "(SELECT string_agg('[^' || n || E']: x\\n\\n[^' || n || '] ', '') FROM generate_series(1, 30000) n)",
}


def prepare(attackers, files=True):
    """Stores, for each attacker, the objects that the attacks list and read."""
    for name, text in TEXTS.items():
        documents(attackers, name, text)
    documents(attackers, "control", TEXTS["control"], 100)
    documents(attackers, "victims", TEXTS["control"], 100)
    documents(attackers, "written", TEXTS["control"], 5)
    emails = ", ".join(f"'{attacker.email}'" for attacker in attackers)
    of_each = f"FROM users, generate_series(1, 1000) WHERE email IN ({emails})"
    sql(
        "INSERT INTO sessions (pid, user_id, user_agent, address, source, created_at, last_used_at, expires_at)"
        " SELECT gen_random_uuid(), id, repeat('\"', 255), '198.51.100.1', '198.51.100.1', now(), now(),"
        f" now() + interval '1 day' {of_each}"
    )
    sql(
        "INSERT INTO security_events (pid, kind, user_id, request_id, address, user_agent, created_at)"
        " SELECT gen_random_uuid(), 'signed_in', id, gen_random_uuid(), '198.51.100.1', repeat('\"', 255), now()"
        f" {of_each}"
    )
    sql(
        "INSERT INTO uploads (pid, user_id, file_name, media_type, size, sha256, storage_key, created_at)"
        " SELECT gen_random_uuid(), id, repeat('\"', 255), 'image/png', 1, repeat('0', 64), gen_random_uuid(), now()"
        f" {of_each}"
    )
    sessions = sql(f"SELECT email || ' ' || sessions.pid FROM sessions JOIN users ON users.id = user_id WHERE email IN ({emails})")
    rows = sql(f"SELECT email || ' ' || uploads.pid FROM uploads JOIN users ON users.id = user_id WHERE email IN ({emails})")
    for attacker in attackers:
        attacker.ids["last_victims"] = attacker.ids["victims"][::-1]
        attacker.ids["session"] = ids_of(attacker, sessions)
        attacker.ids["row"] = ids_of(attacker, rows)
        attacker.ids["last_row"] = attacker.ids["row"][::-1]
        attacker.ids["last_session"] = attacker.ids["session"][::-1]
        source = {"X-Forwarded-For": attacker.address}
        stored = upload(attacker.token, "large.bin", bytes(10 * MIB), source, to=attacker.server)
        assert stored.status == 201, stored.body
        attacker.ids["file"] = [stored.json["id"]]
    # Inserts finished typesettings whose PDF is the upload of 10 MiB.
    pdfs = sql(
        "WITH made AS (INSERT INTO typesettings (pid, document_id, status, attempts, request_id, storage_key, sha256,"
        " size, pages, created_at, finished_at) SELECT gen_random_uuid(), documents.id, 'done', 1, gen_random_uuid(),"
        " storage_key, sha256, size, 1, now(), now() FROM documents JOIN uploads ON uploads.user_id = documents.user_id"
        f" WHERE title = 'quotes' AND size > {MIB} RETURNING pid, document_id) SELECT email || ' ' || made.pid FROM made"
        " JOIN documents ON documents.id = document_id JOIN users ON users.id = user_id"
    )
    for attacker in attackers:
        attacker.ids["typesetting"] = ids_of(attacker, pdfs)


ROUTES = {}
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def route(name, *variants, **only):
    """Declares the attacks on a route. `id` is the name of the stored objects whose IDs replace `{id}` in the path."""
    method, path = name.split()
    for variant in variants or [only]:
        used = path.replace("{id}", f"{{{variant.pop('id', '')}}}").replace("{tid}", "{typesetting}")
        ROUTES.setdefault(name, []).append(Attack(method, used + variant.pop("query", ""), **variant))


def chunked(body, size):
    """Returns the body in HTTP chunks of this size."""
    chunks = (body[start : start + size] for start in range(0, len(body), size))
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"


def unique_body(template):
    """Returns a function that creates a different body for each request."""
    return lambda account, number: template.replace("NUMBER", f"{account.address}-{number}").encode()


# JSON of 6 MiB: escaped text, wrong type, unknown field, and chunks of one byte.
ESCAPED = b'{"title":"a","body":"' + b"\\u0001" * MIB + b'"}'
MISTYPED = b'{"title":[' + b'{"":0},' * 800_000 + b"0]}"
UNKNOWN = b'{"' + b"\\u0001" * MIB + b'":1}'
PIECES = chunked(b'{"title":"a","body":"' + b"x" * MIB + b'"}', 1)
TEXT = [
    dict(label="6 MiB of escapes", body=ESCAPED, expect=(200, 201)),
    dict(label="6 MiB of escapes, read after 3 s", body=ESCAPED, hold=3, expect=(200, 201)),
    dict(label="5.6 MB of the wrong type", body=MISTYPED, expect=(422,)),
    dict(label="unknown field of 6 MiB", body=UNKNOWN, expect=(422,)),
    dict(label="incomplete", body=ESCAPED[:-10], hold=3, leave=True, headers={"Content-Length": len(ESCAPED)}, expect=("left",)),
    dict(label="chunks of one byte", body=PIECES, headers={"Transfer-Encoding": "chunked"}, expect=(200, 201, 408)),
]
# JSON body with 1500 unknown fields.
FIELDS = b"{" + b",".join(b'"%d":""' % n for n in range(1500)) + b"}"


def texts(**more):
    return [{**variant, "headers": JSON | variant.get("headers", {}), **more} for variant in TEXT]


def small(*bodies, expect, **more):
    """Returns attacks with small JSON bodies, and one with too many fields."""
    known = [dict(body=unique_body(json.dumps(body)), headers=JSON, expect=expect, **more) for body in bodies]
    return [*known, dict(label="1500 unknown fields", body=FIELDS, headers=JSON, expect=(422, 401), **more)]


route("GET /api/v1/health", dict(query=f"?a={LONG}"), dict(label="30 KB of headers", headers=HEADERS))
route("GET /api/v1/health/live", query=f"?a={LONG}")
password = "\u00e9" * 512
route(
    "POST /api/v1/auth/register",
    *small({"name": "\U0001f600" * 100, "email": "NUMBER@example.org", "password": password}, expect=(201,)),
)
login = {"email": "NUMBER@example.org", "password": "wrong" * 200}
route("POST /api/v1/auth/login", *small(login, expect=(401,)), dict(headers=HEADERS | JSON, label="30 KB of headers", body=unique_body(json.dumps(login)), expect=(401,)))
route("POST /api/v1/auth/refresh", *small({"refresh_token": "x" * 16000}, expect=(401,)))
route("POST /api/v1/auth/verify", *small({"token": "x" * 16000}, expect=(401, 422)))
route("POST /api/v1/auth/resend", *small({"email": "NUMBER@example.org"}, expect=(202, 204)))
route("POST /api/v1/auth/forgot", *small({"email": "NUMBER@example.org"}, expect=(202, 204)))
route("POST /api/v1/auth/reset", *small({"token": "x" * 10000, "password": password}, expect=(401, 422)))
route("GET /api/v1/auth/me", query=f"?a={LONG}")
route("GET /api/v1/auth/events", query="?page_size=100")
route("GET /api/v1/auth/sessions", query="?page_size=100")
wrong = {"current_password": "wrong wrong wrong", "password": password}
route("PUT /api/v1/auth/password", *small(wrong, expect=(401, 403, 422)))
route("DELETE /api/v1/auth/me", *small({"password": "wrong wrong wrong"}, expect=(401, 403, 422)))

route("GET /api/v1/documents", query="?page_size=100")
route("POST /api/v1/documents", *texts())
route(
    "GET /api/v1/documents/{id}",
    dict(label="1 MiB of control characters", id="control"),
    dict(label="1 MiB of control characters, read after 3 s", id="control", hold=3),
)
route("PUT /api/v1/documents/{id}", *texts(id="written"))
route("DELETE /api/v1/documents/{id}", id="victims", expect=(204,))
route("GET /api/v1/documents/{id}/pdf", dict(id="quotes"), dict(label="read after 3 s", id="quotes", hold=3))
route("GET /api/v1/documents/{id}/typesettings/{tid}", id="quotes")

route("GET /api/v1/uploads", query="?page_size=100")
EDGE = b"----ballast"
PART = b'--%s\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\n\r\n'
END = b"\r\n--" + EDGE + b"--\r\n"
MULTIPART = {"Content-Type": f"multipart/form-data; boundary={EDGE.decode()}"}
FILE = PART % (EDGE, b"file", b'"' * 4000) + bytes(10 * MIB - 1) + END
UPLOADS = [
    dict(label="10 MiB", body=FILE),
    dict(label="incomplete", body=FILE[: 9 * MIB], hold=3, leave=True, headers={"Content-Length": len(FILE)}, expect=("left",)),
    dict(label="1 MiB in chunks of one byte", body=chunked(FILE[: MIB] + END, 1), headers={"Transfer-Encoding": "chunked"}),
    dict(label="1 MiB of headers", body=PART % (EDGE, b"file", b"a" * MIB), expect=(400,)),
    dict(label="many fields", body=(PART % (EDGE, b"a", b"b") + b"\r\n") * 10000, expect=(422,)),
]


def uploads(expect):
    return [{"expect": expect, **one, "headers": MULTIPART | one.get("headers", {})} for one in UPLOADS]


CONTENT = [
    dict(id="file"),
    dict(label="read after 3 s", id="file", hold=3),
    dict(label="range", id="file", headers={"Range": "bytes=1-9999999"}, expect=(206,)),
    dict(label="many ranges", id="file", headers={"Range": "bytes=" + ",".join(f"{n}-" for n in range(3000))}),
]
route("POST /api/v1/uploads", *uploads((201,)))
route("GET /api/v1/uploads/{id}", id="row")
route("GET /api/v1/uploads/{id}/content", *map(dict, CONTENT))
route("DELETE /api/v1/uploads/{id}", id="row", expect=(204,))

# Routes that exist only with `docs_enabled`. The OpenAPI description does not contain these routes.
for path in ("/api/openapi.json", "/api/docs", "/api/docs/swagger-ui-bundle.js"):
    route(f"GET {path}", dict(), dict(label="read after 3 s", hold=3))
route("GET /static/ballast.css")
route("GET /favicon.ico")


def form(*fields):
    """Returns a form with these fields, whose values are not encoded."""
    return b"&".join(b"%s=%s" % field for field in fields)


def forms(*variants):
    return [{**variant, "headers": FORM} for variant in variants]


# Pages. A form is limited to 3 MiB, and escaping multiplies the bytes of a text by up to six.
quotes = b'"' * MIB
HUGE = form((b"title", b"a"), (b"body", b'"' * (3 * MIB)))
OLD = (b"version", b"2000-01-01T00:00:00Z")
MANY = b"&".join([b"a=" + b'"' * 40_000] * 64)
NASTY = {
    "quotes": quotes,
    "emphasis": b"*a_+" * (MIB // 4),
    "brackets": b"[" * MIB,
    "table": b"|" + b"a|" * 64 + b"%0A|" + b"-|" * 64 + b"%0A" + b"|%0A" * 500_000,
}
WIDE = b'"' * 65_000
route("GET /", query=f"?a={LONG}")
route("GET /register", query=f"?a={LONG}")
route("POST /register", *forms(dict(label="long name", body=form((b"name", WIDE)), expect=(422,))))
route("GET /login", query=f"?next=/{'x' * 2000}&a={LONG[:6000]}", expect=(303,))
route("POST /login", *forms(dict(label="long address", body=form((b"email", WIDE)), expect=(422,))))
route("GET /verify", query=f"?token={LONG}")
route("POST /verify", *forms(dict(label="long token", body=form((b"token", WIDE)), expect=(401, 422))))
route("POST /resend", *forms(dict(label="long address", body=form((b"email", WIDE)), expect=(422,))))
route("GET /forgot", query=f"?a={LONG}")
route("POST /forgot", *forms(dict(label="long address", body=form((b"email", WIDE)), expect=(422,))))
route("GET /reset", query=f"?token={LONG}")
route("POST /reset", *forms(dict(label="long token", body=form((b"token", WIDE)), expect=(401, 422))))
route("GET /documents", query=f"?page_size=100&q={'a+' * 3900}")
route("GET /documents", query="?page_size=100")
route(
    "POST /documents",
    *forms(
        dict(label="1 MiB", body=form((b"title", b"a"), (b"body", quotes)), expect=(303,)),
        dict(label="3 MiB", body=HUGE, expect=(422,)),
        dict(label="64 fields", body=MANY, expect=(422,)),
    ),
)
route("GET /documents/{id}", *[dict(label=name, id=name) for name in TEXTS], dict(label="quotes, read after 3 s", id="quotes", hold=3))
route(
    "POST /documents/{id}",
    *forms(
        dict(label="3 MiB", id="written", body=HUGE, expect=(422,)),
        dict(label="1 MiB", id="written", body=form((b"title", b"a"), (b"body", quotes)), expect=(303,)),
        dict(label="1 MiB, conflict", id="quotes", body=form((b"title", b"a"), (b"body", quotes), OLD), expect=(409,)),
    ),
)
route("GET /documents/{id}/preview", id="quotes", expect=(303,))
route(
    "POST /documents/{id}/preview",
    *forms(
        *[dict(label=name, id="quotes", body=form((b"title", b"a"), (b"body", text))) for name, text in NASTY.items()],
        dict(label="3 MiB", id="quotes", body=HUGE, expect=(422,)),
    ),
    dict(
        label="quotes, as JSON",
        id="quotes",
        body=form((b"title", b"a"), (b"body", quotes)),
        headers=FORM | {"Accept": "application/json"},
    ),
)
route("GET /documents/{id}/typesettings", id="quotes", expect=(303,))
route("GET /documents/{id}/print", id="quotes")
route("GET /documents/{id}/pdf", id="quotes", query="?download=1")
route("POST /documents/{id}/removal", id="last_victims", expect=(303,))
route("GET /uploads", query="?page_size=100")
route("POST /uploads", *uploads((303,)))
route("GET /uploads/{id}/content", *map(dict, CONTENT))
route("POST /uploads/{id}/removal", id="last_row", expect=(303,))
route("GET /account", query=f"?events=1&a={LONG}")
route("GET /account/profile", expect=(303,))
route("POST /account/profile", *forms(dict(label="long name", body=form((b"name", WIDE)), expect=(422,))))
route("GET /account/password", expect=(303,))
route("POST /account/password", *forms(dict(body=b"current_password=wrong+wrong+wrong&password=" + b"x" * 1024, expect=(401, 422))))
route("GET /account/removal", expect=(303,))
route("POST /account/removal", *forms(dict(body=b"password=wrong+wrong+wrong", expect=(401, 422))))
report = json.dumps([{"type": "csp-violation", "body": {"documentURL": "x" * 15000}}]).encode()
route("POST /csp-reports", body=report, headers={"Content-Type": "application/reports+json"}, expect=(204,))

# Routes that end the sessions of the attackers, who must then sign in again.
ENDING = (
    "POST /api/v1/auth/logout",
    "POST /logout",
    "DELETE /api/v1/auth/sessions",
    "POST /account/sessions/removal",
)
route("DELETE /api/v1/auth/sessions/{id}", id="session", expect=(204,))
route("POST /account/sessions/{id}/removal", id="last_session", expect=(303,))
for ending in ENDING:
    route(ending, expect=(204, 303))

# These routes are last, because the worker still processes the enqueued jobs after an attack.
route("POST /api/v1/documents/{id}/typesettings", dict(id="emphasis", expect=(202,)))
route(
    "POST /documents/{id}/typesettings",
    *forms(
        dict(label="3 MiB", id="quotes", body=HUGE, expect=(422,)),
        dict(label="1 MiB", id="written", body=form((b"title", b"a"), (b"body", quotes)), expect=(303,)),
    ),
)


def described(document):
    """Returns the routes of an OpenAPI description."""
    paths = json.loads(document)["paths"]
    return {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}


def pages():
    """Returns the paths that the web controllers declare."""
    declared = re.compile(r'\.(?:with|limited|open)\((?:"\w+", )?"(/[^"]*)"')
    sources = (ROOT / "src/pages/pages").glob("*.rs")
    return {path for source in sources for path in declared.findall(source.read_text())}


def without_attack(document):
    """Returns the API routes and page paths without an attack."""
    paths = {route.split()[1] for route in ROUTES}
    return sorted(described(document) - set(ROUTES)) + sorted(pages() - paths)
