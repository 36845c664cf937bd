// A relay on a Unix socket between a client of PostgreSQL and PostgreSQL. It can delay
// bytes, and cut a connection just before or just after a commit.
//
//   relay.delay   delay of the bytes in either direction, in milliseconds
//   relay.cut     null, or when a third of the transactions lose their
//                 connection: 'before' the commit is requested, or 'after' it,
//                 when its reply is being sent
//   relay.cuts    number of connections that were cut
import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { connect, createServer } from 'node:net';

const share = 1 / 3;
const sync = 'S'.charCodeAt(0);
// The message ReadyForQuery with the status "idle": the transaction is over.
const ready = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

// Returns the position of the first Sync message in these bytes, or -1. `state` carries
// an incomplete message over to the next piece of the stream.
function findSync(state, bytes) {
	let at = 0;
	state.rest = Buffer.concat([state.rest, bytes]);
	const old = state.rest.length - bytes.length;
	for (;;) {
		const left = state.rest.subarray(at);
		// The startup message has no type byte.
		const type = state.started ? 1 : 0;
		if (left.length < type + 4)
			break;
		const length = type + left.readUInt32BE(type);
		if (left.length < length)
			break;
		if (state.started && left[0] === sync) {
			state.rest = left.subarray(length);
			return Math.max(0, at - old);
		}
		state.started = true;
		at += length;
	}
	state.rest = state.rest.subarray(at);
	return -1;
}

// Returns a function that forwards bytes in order, delayed by relay.delay.
function forward(relay, to) {
	let last = 0;
	return bytes => {
		const now = performance.now();
		last = Math.max(last, now + relay.delay);
		if (last <= now)
			to.write(bytes);
		else
			setTimeout(() => to.writable && to.write(bytes), last - now);
	};
}

function join(relay, client, server) {
	const state = { started: false, rest: Buffer.alloc(0) };
	const ask = forward(relay, server);
	const answer = forward(relay, client);
	let lost = false;
	let tail = Buffer.alloc(0);
	const end = () => {
		client.destroy();
		server.destroy();
	};
	const cut = () => {
		relay.cuts++;
		end();
	};
	client.on('data', bytes => {
		const at = findSync(state, bytes);
		if (at < 0 || relay.cut === null || Math.random() >= share) {
			ask(bytes);
		} else if (relay.cut === 'after') {
			lost = true;
			ask(bytes);
		} else {
			// PostgreSQL executes the statements, and rolls them back when
			// the connection ends.
			server.write(bytes.subarray(0, at));
			setTimeout(cut, 20);
		}
	});
	server.on('data', bytes => {
		if (!lost) {
			answer(bytes);
			return;
		}
		tail = Buffer.concat([tail, bytes]).subarray(-ready.length);
		if (tail.equals(ready))
			cut();
	});
	for (const socket of [client, server])
		socket.on('close', end).on('error', end);
}

export async function startRelay(path, target) {
	const relay = { delay: 0, cut: null, cuts: 0 };
	const server = createServer(client => join(relay, client, connect(target)));
	server.listen({ path, backlog: 1000 });
	await once(server, 'listening');
	await chmod(path, 0o777);
	return relay;
}
