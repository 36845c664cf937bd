// Checks what must hold for every reply, whichever allocation failed.
import assert from 'node:assert/strict';

export const origin = 'http://localhost:3000';

const errors = {
	500: { detail: 'Internal server error', code: 'internal_error' },
	503: { detail: 'Database unavailable', code: 'database_unavailable' },
};

// Splits the output of a program into status, headers and body.
export function takeApart(bytes) {
	const text = bytes.toString();
	const end = text.indexOf('\r\n\r\n');
	assert.ok(end > 0, `no whole head: ${text.slice(0, 200)}`);
	const headers = {};
	for (const line of text.slice(0, end).split('\r\n')) {
		const [, name, value] = line.match(/^([A-Za-z-]+): (.*)$/) ?? [];
		assert.ok(name !== undefined, `no header: ${line}`);
		assert.ok(!(name in headers), `twice: ${line}`);
		headers[name] = value;
	}
	const status = Number(headers.Status?.slice(0, 3));
	return { status, headers, body: text.slice(end + 4) };
}

// Returns the reply without the parts that differ each time or may be missing after an
// allocation failure.
export function lasting({ status, headers, body }) {
	const { 'X-Request-Id': id, 'X-Tasks-Log': log, 'Server-Timing': timing, ...rest } = headers;
	assert.match(log ?? 'program=', /^program=/);
	assert.match(timing ?? 'app;', /^app;/);
	return { status, headers: rest, body: body.replaceAll(id, '') };
}

// Checks that the reply is complete and is either the wanted one, or a 500 or 503 in the
// form of the contract.
export function judge(reply, wanted, log) {
	const { status, headers, body } = reply;
	assert.match(headers['X-Request-Id'] ?? '', /^[A-Za-z0-9_-]{1,64}$/);
	assert.equal(headers['X-Content-Type-Options'], 'nosniff');
	assert.equal(headers['Access-Control-Allow-Origin'], origin);
	assert.equal(headers['Access-Control-Allow-Credentials'], 'true');
	assert.ok(headers['Access-Control-Expose-Headers']);
	assert.equal(headers.Vary, 'Origin');
	assert.ok(headers['Cache-Control']);
	const lines = log.split('\n').length - 1;
	assert.equal(lines, status >= 400 ? 1 : 0, `lines in the log: ${log}`);
	if (status === wanted)
		return 'right';
	const { request_id: id, ...rest } = JSON.parse(body);
	assert.ok(status in errors, `a wrong answer: ${status} ${body}`);
	if (rest.status !== 'unhealthy') {
		assert.deepEqual(rest, errors[status]);
		assert.equal(id, headers['X-Request-Id']);
	}
	assert.equal(headers['Content-Type'], 'application/json');
	assert.equal('Retry-After' in headers, status === 503);
	return 'refused';
}
