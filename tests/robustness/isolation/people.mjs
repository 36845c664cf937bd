// The users, their data, and the check to whom a piece of a reply belongs: every value of
// a user contains the mark of that user.
import { spawnSync } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';

const { API_SECRET, API_SOCKET, API_DATABASE } = process.env;

// Runs SQL as the superuser, who bypasses row-level security. Returns the lines of the
// output.
export function sql(text) {
	const { PGSERVICE, ...env } = process.env;
	const psql = spawnSync('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-h', API_SOCKET,
		'-p', '5432', '-U', 'postgres', '-d', API_DATABASE], { env, input: text, maxBuffer: 1 << 30 });
	if (psql.status !== 0)
		throw new Error(`psql: ${psql.stderr}`);
	return String(psql.stdout).split('\n').filter(line => line !== '');
}

export function token(claims) {
	const part = value => Buffer.from(JSON.stringify(value)).toString('base64url');
	const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
	return `${text}.${createHmac('sha256', API_SECRET).update(text).digest('base64url')}`;
}

const hex = count => randomBytes(count).toString('hex');

// The ids are new in each run. Some of them are easily confused.
const name = `u${hex(4)}`;
const ids = [
	[`${name}-many`, 30], [`${name}-few`, 2], [`${name}-none`, 0],
	[`${name}-man`, 2], [`${name}-MANY`, 2], [`${name}-many `, 2], [`${name}_m%`, 2], [`.${name}..`, 2],
	[`${name}' OR ''=' --$1`, 2], [`${name}","user_id":"\\{}`, 2], [`${name}/tasks`, 2],
	[`${name}-\u00e9`, 2], [`${name}-e\u0301`, 2],
];

// Makes a task whose id ends in the user's mark. Its times are in a year that no other
// user has.
function makeTask(user, n, use) {
	const day = (month, part) => `${user.year}-${month}-${String(1 + n % 28).padStart(2, '0')}T00:00:${
		String(n % 60).padStart(2, '0')}.${String(part * 1000 + n).padStart(6, '0')}Z`;
	const status = ['pending', 'in_progress', 'completed'][n % 3];
	const updated = day('03', user.index + 1);
	return {
		user_id: user.id, use,
		id: `${hex(4)}-${hex(2)}-4${hex(2).slice(1)}-8${hex(2).slice(1)}-${user.mark}`,
		title: `${use} ${n} ${user.mark}`, description: n % 2 ? `words of ${user.mark} 50%_off` : null,
		status, priority: ['low', 'medium', 'high'][n % 4 % 3],
		due_date: n % 3 === 1 ? null : day('04', 1),
		completed_at: status === 'completed' ? day('02', 2) : null,
		created_at: day('01', 3), updated_at: updated,
		etag: (BigInt(Date.parse(`${updated.slice(0, 19)}Z`)) * 1000n + BigInt(updated.slice(20, 26))).toString(16),
	};
}

export const people = ids.map(([id, count], index) => {
	const user = { id, index, mark: hex(6), year: 1971 + index };
	user.token = token({ sub: id, email: `${user.mark}@example.org`, name: `Name ${user.mark}`,
		exp: Math.floor(Date.now() / 1000) + 3600 });
	// The tasks that stay, those that the owner changes, and those that the owner
	// deletes.
	const uses = count === 0 ? [] : [...Array(count).fill('kept'), 'changed', ...Array(8).fill('doomed')];
	user.tasks = uses.map((use, n) => makeTask(user, n, use));
	return user;
});

export const used = (user, use) => user.tasks.filter(task => task.use === use);

// All columns except the generated ones.
const columns = 'user_id, id, title, description, status, priority, due_date, completed_at, created_at, updated_at';

export function sow() {
	const rows = JSON.stringify(people.flatMap(user => user.tasks));
	const users = JSON.stringify(people.filter(user => user.tasks.length > 0)
		.map(({ id, mark }) => ({ id, email: `${mark}@example.org`, name: `Name ${mark}` })));
	sql(`INSERT INTO users (id, email, name)
		SELECT id, email, name FROM json_populate_recordset(NULL::users, $sow$${users}$sow$);
	INSERT INTO tasks (${columns}) SELECT ${columns} FROM json_populate_recordset(NULL::tasks, $sow$${rows}$sow$)`);
}

// --- Whose is it? -------------------------------------------------------------

const owners = new Map();
for (const user of people) {
	owners.set(user.mark, user).set(`"${user.year}-`, user);
	for (const { id, etag } of user.tasks)
		owners.set(id, user).set(etag, user);
	for (const text of [user.id, JSON.stringify(user.id).slice(1, -1), encodeURIComponent(user.id)])
		owners.set(text, user);
}
const quoted = text => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const named = new RegExp([...new Set(people.flatMap(({ id, mark, year }) =>
	[id, JSON.stringify(id).slice(1, -1), encodeURIComponent(id), mark, `"${year}-`]))]
	.sort((a, b) => b.length - a.length).map(quoted).join('|'), 'g');

// Records that the user created this task.
export const noteTask = (user, id) => owners.set(id, user);
export const ownerOf = id => owners.get(id);

// Returns a description of another user's data in the text, or null.
export function foreign(user, text) {
	const lower = text.toLowerCase();
	const pieces = [...text.matchAll(named), ...lower.matchAll(/[0-9a-f]{12}/g),
		...lower.matchAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g), ...lower.matchAll(/(?<=")[0-9a-f]{10,16}(?=")/g)];
	for (const [piece] of pieces) {
		const owner = owners.get(piece);
		if (owner !== undefined && owner !== user)
			return `"${piece}" of ${owner.id}`;
	}
	return null;
}
