// A client with one connection to the API, and a check that a reply is complete and has
// the form of the contract.
import { Agent, request } from 'node:http';
import { slowness } from '../../lib/stack.mjs';

// In ms. A program answers within 5 s, a web server within 20 s.
const patience = 15000 * slowness;

function send(options, body) {
	return new Promise(resolve => {
		const reply = { begun: performance.now(), status: 0, text: '' };
		const done = broken => {
			reply.ended ??= performance.now();
			resolve(Object.assign(reply, broken && { status: 0, broken }));
		};
		const sent = request(options, response => {
			reply.status = response.statusCode;
			reply.headers = response.headers;
			response.setEncoding('utf8');
			response.on('data', text => { reply.text += text; });
			// If `complete` is false, the server closed the connection within
			// the reply.
			response.on('close', () => done(!response.complete && 'broken off'));
			response.on('error', () => {});
		});
		const late = setTimeout(() => sent.destroy(new Error('no reply')), patience);
		sent.on('error', error => done(error.code ?? error.message));
		sent.on('close', () => {
			clearTimeout(late);
			done(!reply.status && 'no reply');
		});
		sent.end(body);
	});
}

// Returns what is wrong with the reply, or null if nothing is.
export function flaw(reply) {
	if (reply.status === 204)
		return reply.text === '' ? null : 'a 204 with a body';
	if (!/^application\/json\b/.test(reply.headers['content-type'] ?? ''))
		return `of the type ${reply.headers['content-type']}`;
	try {
		reply.data = JSON.parse(reply.text);
	} catch {
		return `not JSON: ${reply.text.slice(0, 200)}`;
	}
	if (reply.status < 400)
		return null;
	for (const name of ['detail', 'code', 'request_id'])
		if (typeof reply.data[name] !== 'string')
			return `an error without ${name}: ${reply.text.slice(0, 200)}`;
	if (reply.status === 503 && !/^[1-9][0-9]*$/.test(reply.headers['retry-after'] ?? ''))
		return '503 without Retry-After';
	return null;
}

export class Client {
	constructor(port) {
		this.port = port;
		this.agent = new Agent({ keepAlive: true, maxSockets: 1 });
	}

	ask(token, method, path, { body, key } = {}) {
		return send({
			agent: this.agent, host: '127.0.0.1', port: this.port, method, path,
			headers: {
				Authorization: `Bearer ${token}`,
				...body && {
					'Content-Type': 'application/json',
					'Content-Length': Buffer.byteLength(body),
				},
				...key && { 'Idempotency-Key': key },
			},
		}, body);
	}

	close() {
		this.agent.destroy();
	}
}
