// What nginx's own variables cannot say about a request.

// A UUID of version 7: milliseconds since 1970, then nginx's own 128 random bits for the request.
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

// The same bounds as the app's: 64 fields, 32 KiB of them. nginx 1.26 cannot count fields.
function excessive(r) {
    const fields = r.rawHeadersIn;
    if (fields.length > 64) {
        return '1';
    }
    // A name, a colon, a space, a value, the end of the line.
    const bytes = fields.reduce((sum, field) => sum + field[0].length + field[1].length + 4, 0);
    return bytes > 32768 ? '1' : '';
}

// How much a client wants a media type that it names; 0 for one that it does not.
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

// A path outside the API whose client would rather have HTML than JSON: the app's own rule.
function wantsPage(r) {
    const path = r.variables.asked_path;
    const accept = r.headersIn.Accept || '';
    const html = quality(accept, 'text/html');
    const api = path === '/api' || path.startsWith('/api/');
    return !api && html > 0 && html >= quality(accept, 'application/json') ? '1' : '';
}

export default { id, excessive, wantsPage };
