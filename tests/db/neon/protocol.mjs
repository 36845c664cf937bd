// The part of PostgreSQL's protocol that the stand-in needs: whole messages, and errors.

export const Startup = { TLS: 80877103, GSS: 80877104 };

// Resolve to exactly count bytes of the stream.  Reject if the stream ends before.
export function read(stream, count) {
	return new Promise((resolve, reject) => {
		const events = { readable: attempt, end: gone, close: gone, error: gone };

		function settle(action, value) {
			for (const [name, listener] of Object.entries(events))
				stream.off(name, listener);
			action(value);
		}
		function gone() {
			settle(reject, new Error('hung up'));
		}
		function attempt() {
			const bytes = stream.read(count);
			if (bytes?.length === count)
				settle(resolve, bytes);
			else if (bytes !== null || stream.destroyed || stream.readableEnded)
				gone();
		}

		for (const [name, listener] of Object.entries(events))
			stream.on(name, listener);
		attempt();
	});
}

// Read a message without a type: an SSLRequest, a GSSENCRequest or a StartupMessage.
export async function readStartup(stream) {
	const head = await read(stream, 8);
	const length = head.readInt32BE(0);
	if (length < 8 || length > 10000)
		throw new Error('this is no startup packet');
	const body = length > 8 ? await read(stream, length - 8) : Buffer.alloc(0);
	const words = body.toString().split('\0');
	const parameters = {};
	for (let i = 0; i + 1 < words.length && words[i] !== ''; i += 2)
		parameters[words[i]] = words[i + 1];
	return { code: head.readInt32BE(4), parameters, bytes: Buffer.concat([head, body]) };
}

export async function readMessage(stream) {
	const head = await read(stream, 5);
	const length = head.readInt32BE(1) - 4;
	const body = length > 0 ? await read(stream, length) : Buffer.alloc(0);
	return { type: String.fromCharCode(head[0]), bytes: Buffer.concat([head, body]) };
}

// An ErrorResponse that a client gets instead of a session.
export class Refusal extends Error {
	constructor(severity, sqlstate, message) {
		super(message);
		this.severity = severity;
		this.sqlstate = sqlstate;
	}
}

export function errorMessage({ severity, sqlstate, message }) {
	const fields = Buffer.from(`S${severity}\0C${sqlstate}\0M${message}\0\0`);
	const head = Buffer.alloc(5);
	head.write('E');
	head.writeInt32BE(fields.length + 4, 1);
	return Buffer.concat([head, fields]);
}

// Return the text of an ErrorResponse: its field M.
export function errorText({ bytes }) {
	const fields = bytes.subarray(5).toString().split('\0');
	return fields.find((field) => field.startsWith('M'))?.slice(1) ?? '';
}
