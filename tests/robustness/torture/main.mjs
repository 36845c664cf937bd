// Runs whole requests in which one allocation fails, or all allocations from one on: the
// first, the second and so on, until the request has no more. Prints TAP.
//
// Over CGI these are all allocations of the process. Over FastCGI they are those of one
// request to a running process, which must serve the next request correctly.
//
//   main.mjs some   over CGI the programs that differ until the token is
//                   known, over FastCGI all programs
//   main.mjs all    all programs over both, and a refusal of each
import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { finish, note, test } from '../../lib/tap.mjs';
import { cgi, Orders, Process } from './programs.mjs';
import { judge, lasting, takeApart } from './reply.mjs';
import { requests } from './requests.mjs';

const only = 'one allocation';
const kinds = [[only, true], ['every allocation from one on', false]];
const minutes = 5;

// Counts the results of all runs of one request.
class Results {
	constructor(request) {
		this.request = request;
		this.right = this.refused = this.ended = this.lost = 0;
		this.tried = [];
		this.acknowledged = new Set();
	}

	add(n, verdict) {
		this[verdict]++;
		this.tried.push(n);
		if (verdict === 'right')
			this.acknowledged.add(n);
	}

	check() {
		const faults = this.request.after?.(this.tried, this.acknowledged) ?? [];
		assert.deepEqual(faults, [], 'what the database has');
		assert.ok(this.right + this.refused > 0);
		note(`${this.tried.length} runs: ${this.right} answered, ${this.refused} refused` +
			(this.ended > 0 ? `, ${this.ended} processes ended afterwards` : '') +
			(this.lost > 0 ? `; libfcgi gave up ${this.lost}` : ''));
	}
}

// A successful reply must equal the reply without failures.
function judgeAs(model, output, wanted, log) {
	const reply = takeApart(output);
	const verdict = judge(reply, wanted, log);
	if (verdict === 'right' && model)
		assert.deepEqual(lasting(reply), model);
	return verdict;
}

// The model of a reply, or null for a write, whose reply differs each time.
async function modelOf(request, ask) {
	if (request.after)
		return null;
	const reply = takeApart(await ask());
	assert.equal(reply.status, request.status);
	return request.program === 'health' ? null : lasting(reply);
}

async function tortureCgi(request, once, first) {
	const results = new Results(request);
	let next = 0;
	let last = Infinity;
	const worker = async () => {
		const orders = new Orders();
		for (let n; (n = ++next) < last;) {
			orders.fail(n, once);
			const { code, signal, output, log } =
				await cgi(request.program, ...request.at(first + n), orders);
			if (orders.seen() < n) {
				last = Math.min(last, n);
				break;
			}
			const where = `allocation ${n}`;
			assert.equal(signal, null, `${where}: ${log}`);
			assert.equal(code, 0, `${where}: ${log}`);
			try {
				results.add(first + n, judgeAs(request.model, output, request.status, log));
			} catch (error) {
				throw new Error(`${where}: ${error.stack}`);
			}
		}
		orders.close();
	};
	await Promise.all(Array.from({ length: availableParallelism() }, worker));
	results.check();
}

// After each failure the process must serve a request without failures correctly.
async function mustServe(process, control, results) {
	let reply = await process.ask(...control.at(0));
	if (!reply.ended) {
		const [code, signal] = await process.restart();
		assert.deepEqual([code, signal], [0, null], 'how it ended');
		results.ended++;
		reply = await process.ask(...control.at(0));
	}
	assert.ok(reply.ended, 'no whole reply');
	judgeAs(control.model, reply.output, control.status, reply.log);
	assert.equal(takeApart(reply.output).status, control.status);
}

// libfcgi aborts the process if it cannot allocate memory to read a request. This happens
// before the program gets the request, never later.
async function mustBeLibfcgi(process, log, results, n) {
	assert.deepEqual(await process.restart(), [null, 'SIGABRT'], log);
	// The assertion's text, or the text of the C library if it cannot allocate memory
	// for that.
	assert.match(log, /^(\S+: fcgiapp\.c:.* Malloc: Assertion .* failed\.|Unexpected error\.)$/m);
	assert.equal(n, ++results.lost, 'the request had been taken in');
}

async function tortureFastcgi(request, control) {
	const process = new Process(request.program);
	const results = new Results(request);
	await process.start();
	try {
		await mustServe(process, control, results);
		for (let n = 1; ; n++) {
			process.orders.fail(n, true);
			const { ended, output, log } = await process.ask(...request.at(n));
			const seen = process.orders.seen();
			process.orders.none();
			if (seen < n)
				break;
			try {
				if (!ended && output.length === 0)
					await mustBeLibfcgi(process, log, results, n);
				else
					results.add(n, judgeAs(request.model, output, request.status, log));
				await mustServe(process, control, results);
			} catch (error) {
				throw new Error(`allocation ${n}: ${error.stack}`);
			}
		}
		assert.deepEqual(await process.stop(), [0, null], 'how it ended');
	} finally {
		process.child.kill('SIGKILL');
	}
	results.check();
}

// Runs the jobs, `count` at a time.
async function inLanes(count, jobs) {
	const lane = async () => {
		for (let job; (job = jobs.shift());)
			await job();
	};
	await Promise.all(Array.from({ length: count }, lane));
}

async function overCgi(list) {
	for (const request of list)
		for (const [i, [kind, once]] of kinds.entries())
			await test(`${request.program} over CGI, ${kind}: ${request.status}, 500 or 503`, async () => {
				const orders = new Orders();
				request.model = await modelOf(request, async () =>
					(await cgi(request.program, ...request.at(0), orders)).output);
				orders.close();
				await tortureCgi(request, once, i * tasksOfAKind);
			}, 60 * minutes);
}

async function overFastcgi(list, { good, control: other }) {
	const controlOf = ({ program }) => (program === other.program ? other
		: good.find((request) => request.program === program));
	for (const request of new Set([...list.map(controlOf), ...list])) {
		const process = new Process(request.program);
		await process.start();
		request.model = await modelOf(request, async () =>
			(await process.ask(...request.at(0))).output);
		await process.stop();
	}
	await inLanes(availableParallelism(), list.map((request) => () =>
		test(`${request.program} over FastCGI, ${only}: ${request.status}, 500 or 503, and goes on`,
			() => tortureFastcgi(request, controlOf(request)), 60 * minutes)));
}

const tasksOfAKind = 1500;
const all = process.argv[2] === 'all';
const known = requests();
const early = ['me', 'fallback', 'health'];
await overFastcgi([...known.good, ...(all ? known.bad : [])], known);
if (!process.env.API_SANITIZER_OPTIONS) // with them a process takes too long to start
	await overCgi(requests().good.filter(({ program }) => all || early.includes(program)));
process.exitCode = finish() ? 0 : 1;
