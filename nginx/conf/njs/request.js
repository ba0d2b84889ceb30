// Values of a request that nginx has no variable for.

// Returns a UUID version 7: milliseconds since 1970, followed by bits of the random $request_id.
function id(r) {
    const time = Date.now().toString(16).padStart(12, '0');
    const random = r.variables.request_id;
    const variant = (8 + (parseInt(random[3], 16) & 3)).toString(16);
    return [
        time.slice(0, 8),
        time.slice(8),
        '7' + random.slice(0, 3),
        variant + random.slice(4, 7),
        random.slice(7, 19),
    ].join('-');
}

// Returns '1' if the headers exceed the limits of the app: 64 fields, 32 KiB. nginx 1.26 cannot count fields.
function excessive(r) {
    const fields = r.rawHeadersIn;
    if (fields.length > 64) {
        return '1';
    }
    // 4 bytes: colon, space, CR, LF.
    const bytes = fields.reduce((sum, field) => sum + field[0].length + field[1].length + 4, 0);
    return bytes > 32768 ? '1' : '';
}

// Returns the quality of a media type in an Accept header, or 0 if the type is absent.
function quality(accept, type) {
    return accept.split(',').reduce((most, range) => {
        const parts = range.split(';').map((part) => part.trim());
        if (parts[0].toLowerCase() !== type) {
            return most;
        }
        const weight = parts.find((part) => part.startsWith('q='));
        return Math.max(most, weight === undefined ? 1 : Number(weight.slice(2)) || 0);
    }, 0);
}

// Returns '1' if the path is outside the API and the client accepts HTML with at least the weight of JSON. The app uses
// the same rule.
function wantsPage(r) {
    const path = r.variables.original_path;
    const accept = r.headersIn.Accept || '';
    const html = quality(accept, 'text/html');
    const api = path === '/api' || path.startsWith('/api/');
    return !api && html > 0 && html >= quality(accept, 'application/json') ? '1' : '';
}

export default { id, excessive, wantsPage };
