// Takes every connection that a PostgreSQL or a PgBouncer grants, and keeps it.
import { connect } from 'node:net';

const startup = user => {
	const words = Buffer.from(`\0\x03\0\0user\0${user}\0database\0tasks\0` +
		'application_name\0hoard\0\0', 'latin1');
	const length = Buffer.alloc(4);
	length.writeUInt32BE(words.length + 4);
	return Buffer.concat([length, words]);
};

// The message ReadyForQuery with the status "idle".
const ready = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

function granted(socket) {
	return new Promise(resolve => {
		let answer = Buffer.alloc(0);
		socket.on('data', bytes => {
			answer = Buffer.concat([answer, bytes]);
			if (answer.subarray(-ready.length).equals(ready))
				resolve(true);
		});
		socket.on('close', () => resolve(false));
	});
}

export class Hoard {
	constructor(path, user) {
		Object.assign(this, { path, user, taken: new Set() });
	}

	// Takes connections until there are `most`, or until one is refused.
	async fill(most) {
		while (this.taken.size < most && await this.take());
	}

	async take() {
		const socket = connect(this.path);
		socket.on('error', () => {});
		socket.write(startup(this.user));
		if (!await granted(socket)) {
			socket.destroy();
			return false;
		}
		socket.resume();
		this.taken.add(socket);
		socket.on('close', () => this.taken.delete(socket));
		return true;
	}

	release() {
		for (const socket of this.taken)
			socket.destroy();
	}
}
