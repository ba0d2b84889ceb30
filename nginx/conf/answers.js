// What the proxy answers by itself: ids of its own, and failures in the app's shape.

const FAILURES = {
    400: ["bad_request", "The request is malformed."],
    403: ["forbidden", "This is not allowed."],
    404: ["not_found", "There is nothing here."],
    405: ["method_not_allowed", "This cannot be done here."],
    408: ["request_timeout", "The request took too long."],
    413: ["payload_too_large", "The body is too large."],
    414: ["uri_too_long", "The address is too long."],
    429: ["rate_limited", "Too many requests: try again later."],
    431: ["request_header_fields_too_large", "The headers are too large."],
    500: ["internal_error", "Something went wrong."],
    502: ["bad_gateway", "The service cannot be reached: try again later."],
    503: ["service_unavailable", "The service is busy: try again later."],
    504: ["gateway_timeout", "The service did not answer in time."],
};
const RETRY = [429, 502, 503, 504];

// A UUID of version 7 (RFC 9562 section 5.7), from the time and nginx's own random id.
function id(r) {
    const time = Date.now().toString(16).padStart(12, "0");
    const random = r.variables.request_id;
    const variant = ((parseInt(random[3], 16) & 3) | 8).toString(16);
    return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(4, 7)}-${random.slice(7, 19)}`;
}

// The path as it was sent, without its query.
function path(r) {
    return (r.variables.request_uri || "").split("?")[0].slice(0, 2048);
}

function wantsPage(r) {
    const accept = r.headersIn.Accept || "";
    return !/^\/api(\/|$)/.test(path(r)) && accept.indexOf("text/html") >= 0;
}

function failed(r) {
    const status = Number(r.uri.slice("/_failed/".length));
    const failure = FAILURES[status];
    const code = failure[0];
    const message = failure[1];
    // Not a header: an id that the app gave to an attempt before is not this answer's.
    const request_id = r.variables.add_id || r.variables.shown_id;
    r.headersOut["Cache-Control"] = "no-store";
    if (RETRY.indexOf(status) >= 0) {
        r.headersOut["Retry-After"] = "1";
    }
    if (wantsPage(r)) {
        r.headersOut["Content-Type"] = "text/html; charset=utf-8";
        r.return(status, `<!doctype html><html lang="en"><meta charset="utf-8"><title>${message}</title><link rel="stylesheet" href="/static/ballast.css"><main><h1>${message}</h1><p>Request <code>${request_id}</code></p></main></html>\n`);
        return;
    }
    r.headersOut["Content-Type"] = "application/json";
    r.return(status, JSON.stringify({ error: { code, message, request_id } }));
}

export default { id, path, failed };
