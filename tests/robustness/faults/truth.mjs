// The record of what the database must hold, from the replies that clients got. A task is
// known by its title, which is unique. An acknowledged write has happened. A write
// without a reply, or with a 5xx, may have happened once: its task is `unsure` and is not
// written to again.

const stateOf = task =>
	JSON.stringify([task.status, task.priority, task.description]);

export class Truth {
	constructor() {
		this.tasks = new Map(); // by title
		this.faults = [];
	}

	fault(text) {
		this.faults.push(text);
	}

	// Records a task before its create is sent.
	begin(user, worker, key, sent) {
		const task = {
			user, worker, key, sent, title: sent.title, id: null, etag: null,
			states: new Set([stateOf({ status: 'pending', ...sent })]),
			made: false, gone: 'no', unsure: true,
		};
		this.tasks.set(task.title, task);
		return task;
	}

	made(task, data, etag) {
		task.made = true;
		task.unsure = false;
		task.etag = etag;
		this.see(data, task.user, 'the answer to a create');
	}

	// Call changing() before a change is sent, and changed() after its reply. next:
	// the changed members.
	changing(task, next) {
		const [status, priority, description] = JSON.parse([...task.states][0]);
		const state = stateOf({ status, priority, description, ...next });
		task.states.add(state);
		task.unsure = true;
		return state;
	}

	changed(task, state, data, etag) {
		task.states = new Set([state]);
		task.unsure = false;
		if (etag === task.etag)
			this.fault(`${task.title}: changed, and its ETag is the same`);
		task.etag = etag;
		this.see(data, task.user, 'the answer to a change');
	}

	// Checks a task in a reply. `settled` must be false if another worker may be
	// writing to the task; then only its owner is checked.
	see(data, user, where, settled = true) {
		const task = this.tasks.get(data.title);
		if (data.user_id !== user || task === undefined || task.user !== user) {
			this.fault(`${where} of ${user} has ${JSON.stringify(data)}`);
			return;
		}
		if (!settled)
			return;
		task.id ??= data.id;
		if (task.id !== data.id)
			this.fault(`${where}: ${task.title} is there twice`);
		if (task.gone === 'yes')
			this.fault(`${where}: ${task.title} was deleted and is back`);
		if (!task.states.has(stateOf(data)))
			this.fault(`${where}: ${task.title} is ${stateOf(data)}, ` +
				`not ${[...task.states].join(' or ')}`);
	}

	// Checks that a list has all tasks that `concerned` selects and that must exist,
	// each once.
	seeAll(list, concerned, where) {
		const seen = new Map(list.map(data => [data.title, data]));
		if (seen.size !== list.length)
			this.fault(`${where}: a task is there twice`);
		for (const task of this.tasks.values())
			if (concerned(task) && task.made && task.gone === 'no' &&
				!seen.has(task.title))
				this.fault(`${where}: ${task.title} was acknowledged and is lost`);
	}

	// Checks the lists of all users over `client`, and all rows of the database.
	async compare(client, users, rows) {
		for (const user of users) {
			const reply = await client.ask(user.token, 'GET', '/api/tasks');
			if (reply.status !== 200)
				throw new Error(`a list: ${reply.broken} ${reply.text}`);
			const tasks = JSON.parse(reply.text);
			for (const data of tasks)
				this.see(data, user.id, 'the last list');
			this.seeAll(tasks, task => task.user === user.id, 'the last list');
		}
		for (const row of rows)
			this.see(row, row.user_id, 'the database');
		this.seeAll(rows, () => true, 'the database');
	}

	of(worker) {
		return [...this.tasks.values()].filter(task => task.worker === worker);
	}
}
