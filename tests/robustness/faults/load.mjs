// A steady mixed load. Each worker has one connection and tasks of its own; several
// workers share a user.
import { sleep, slowness } from '../../lib/stack.mjs';
import { Client, flaw } from './client.mjs';

export const workers = 12;
const paths = user => ['/api/tasks', '/api/v1/tasks', `/api/${user.id}/tasks`];
const plenty = 15; // a worker with more tasks than this deletes more often
const oneOf = list => list[Math.floor(Math.random() * list.length)];

let titles = 0;

class Worker {
	constructor(load, number) {
		this.load = load;
		this.number = number;
		this.user = load.users[number % load.users.length];
		this.truth = load.truth;
		this.client = new Client(load.port);
	}

	// Sends one request. Returns the reply, or null if it is not one of those in
	// `want`.
	async ask(method, rest, { body, key, want }) {
		const base = oneOf(paths(this.user));
		this.load.begun++;
		const reply = await this.client.ask(this.user.token, method, base + rest,
			{ body, key });
		const bad = reply.broken ? null : flaw(reply);
		const good = want.includes(reply.status);
		const what = `${method} ${base}${rest}: ${reply.broken ?? reply.status}`;
		if (bad)
			this.truth.fault(`${what} is ${bad}`);
		else if (!good && !this.load.allowed.includes(reply.broken ? 'none' : reply.status))
			this.truth.fault(`${what} ${reply.text.slice(0, 200)}`);
		this.load.note({ method, reply, good: good && !bad });
		return good && !bad ? reply : null;
	}

	async run() {
		const { period } = this.load;
		let next = performance.now() + Math.random() * period;
		while (this.load.running) {
			const now = performance.now();
			if (now < next)
				await sleep(next - now);
			next = Math.max(next + period, performance.now());
			if (this.load.running)
				await this.step();
		}
		this.client.close();
	}

	step() {
		const own = this.truth.of(this.number);
		const settled = own.filter(task => !task.unsure && task.gone === 'no');
		const dice = Math.random();
		const task = oneOf(settled);
		if (dice < 0.2)
			return this.list();
		if (dice < 0.3)
			return this.create(null);
		if (dice < 0.45 || task === undefined)
			return this.create(`key-${++titles}`);
		if (dice < 0.5)
			return this.again(own.filter(one => one.key && one.made));
		if (dice < 0.55)
			return this.pry();
		if (dice < 0.7)
			return this.get(oneOf(own.filter(one => one.id && one.gone !== 'maybe')));
		if (dice < (settled.length > plenty ? 0.9 : 0.75))
			return this.remove(task);
		return dice < 0.93 ? this.update(task) : this.complete(task);
	}

	async list() {
		const reply = await this.ask('GET', '', { want: [200] });
		if (!reply)
			return;
		const mine = title => this.truth.tasks.get(title)?.worker === this.number;
		for (const data of reply.data)
			this.truth.see(data, this.user.id, 'a list', mine(data.title));
		this.truth.seeAll(reply.data, task => task.worker === this.number,
			`a list of ${this.user.id}`);
	}

	async get(task) {
		if (!task)
			return;
		const reply = await this.ask('GET', `/${task.id}`,
			{ want: [task.gone === 'yes' ? 404 : 200] });
		if (reply?.status === 200)
			this.truth.see(reply.data, this.user.id, 'a task');
	}

	// Creates a task. With a key the request is repeated until it gets a reply.
	async create(key) {
		const sent = {
			title: `${this.user.id}, task ${++titles}`,
			description: null, priority: oneOf(['low', 'medium', 'high']),
		};
		const task = this.truth.begin(this.user.id, this.number, key, sent);
		const end = performance.now() + this.load.patience;
		for (;;) {
			const reply = await this.ask('POST', '',
				{ body: JSON.stringify(sent), key, want: [201] });
			if (reply) {
				this.truth.made(task, reply.data, reply.headers.etag);
				return;
			}
			if (!key)
				return;
			if (performance.now() > end) {
				this.truth.fault(`${task.title}: its create was never answered`);
				return;
			}
			await sleep(this.load.period);
		}
	}

	// Repeats a create with its key. The reply must be the same, and there must be no
	// second task.
	async again(made) {
		const task = oneOf(made);
		if (!task)
			return;
		const reply = await this.ask('POST', '',
			{ body: JSON.stringify(task.sent), key: task.key, want: [201] });
		if (reply && reply.data.id !== task.id)
			this.truth.fault(`${task.title}: its key made a second task`);
	}

	// Requests another user's task by its id, which must be refused.
	async pry() {
		const task = oneOf([...this.truth.tasks.values()]
			.filter(one => one.id && one.user !== this.user.id));
		if (task)
			await this.ask('GET', `/${task.id}`, { want: [403, 404] });
	}

	async update(task) {
		const next = oneOf([
			{ description: `words ${Math.random()}` },
			{ description: `words ${Math.random()}`, status: 'in_progress' },
		]);
		const state = this.truth.changing(task, next);
		const reply = await this.ask(oneOf(['PUT', 'PATCH']), `/${task.id}`,
			{ body: JSON.stringify(next), want: [200] });
		if (reply)
			this.truth.changed(task, state, reply.data, reply.headers.etag);
	}

	async complete(task) {
		const completed = ![...task.states][0].startsWith('["completed"');
		const state = this.truth.changing(task,
			{ status: completed ? 'completed' : 'pending' });
		const reply = await this.ask('PATCH', `/${task.id}/complete`,
			{ body: oneOf([undefined, JSON.stringify({ completed })]), want: [200] });
		if (reply)
			this.truth.changed(task, state, reply.data, reply.headers.etag);
	}

	async remove(task) {
		task.gone = 'maybe';
		task.unsure = true;
		if (await this.ask('DELETE', `/${task.id}`, { want: [204] }))
			task.gone = 'yes';
	}
}

// Returns the median duration of ten lists without load, in ms. Three requests before
// them are not counted.
export async function pace(port, [user]) {
	const client = new Client(port);
	const times = [];
	for (let n = 0; n < 13; n++) {
		const { status, begun, ended } = await client.ask(user.token, 'GET', '/api/tasks');
		if (status !== 200)
			throw new Error(`a list: ${status}`);
		times.push(ended - begun);
	}
	client.close();
	return times.slice(3).sort((a, b) => a - b)[5];
}

export class Load {
	// allowed: the other replies that may come, 'none' for a broken connection.
	// usual: the usual duration of a request, from pace().
	constructor({ port, users, truth, allowed, usual }) {
		Object.assign(this, { port, users, truth, allowed, asked: [], begun: 0, running: true });
		// The time from one request of a worker to its next, in ms. It uses a
		// quarter of the servers' capacity, because saturation would hide a
		// fault.
		this.period = Math.max(250, 4 * workers * usual);
		// A request counts as served if it gets an expected reply within this
		// time.
		this.backWithin = 2000 + 100 * usual;
		this.patience = 20000 * slowness;
		this.began = performance.now();
		this.done = Promise.all(Array.from({ length: workers },
			(_, number) => new Worker(this, number).run()));
	}

	note({ method, reply, good }) {
		this.asked.push({
			good, begun: reply.begun, ended: reply.ended, write: method !== 'GET',
			kind: reply.broken ? 'none' : String(reply.status),
		});
	}

	// Waits until `count` more requests have begun.
	async more(count) {
		const wanted = this.begun + count;
		while (this.begun < wanted)
			await sleep(10);
	}

	// Waits for some seconds, and then until most workers wait for a reply, or as
	// many requests as there are workers have begun.
	async meet(seconds) {
		const wanted = this.begun + workers;
		await sleep(seconds * 1000);
		while (this.begun < wanted && this.begun - this.asked.length < 2 / 3 * workers)
			await sleep(10);
	}

	unserved = one => !one.good || one.ended - one.begun > this.backWithin;

	// Waits until 48 requests have followed both `returned` and the last request that
	// was not served. Also ends when a request that began more than backWithin after
	// `returned` was not served.
	async recover(returned) {
		for (;;) {
			const last = Math.max(returned, ...this.asked.filter(this.unserved).map(one => one.begun));
			const after = this.asked.filter(one => one.begun > last).length;
			if (after >= 48 || last > returned + this.backWithin)
				return;
			await sleep(20);
		}
	}

	async stop() {
		this.running = false;
		await this.done;
	}

	// Returns the figures of the load. The fault ended at `returned`.
	figures(returned) {
		const good = this.asked.filter(one => one.good);
		const bad = this.asked.filter(one => !one.good);
		const answered = good.map(one => one.ended).sort((a, b) => a - b);
		let outage = 0;
		let last = this.began;
		for (const at of answered) {
			outage = Math.max(outage, at - last);
			last = at;
		}
		const kinds = {};
		for (const { kind } of this.asked)
			kinds[kind] = (kinds[kind] ?? 0) + 1;
		const first = answered.find(at => at > returned) ?? Infinity;
		const took = ({ begun, ended }) => ended - begun;
		const unserved = this.asked.filter(this.unserved);
		return {
			requests: this.asked.length,
			writes: good.filter(one => one.write).length,
			kinds, bad, outage,
			slowest: Math.max(...this.asked.map(took)),
			// All requests that began after this time were served.
			back: Math.max(first, ...unserved.map(one => one.begun)) - returned,
		};
	}
}
