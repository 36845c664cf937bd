// Print TAP.  A test fails if it throws or exceeds its seconds, which are scaled by the
// slowness of the machine.  If the test returns a string, the string follows the test's
// name.
import { stripVTControlCharacters } from 'node:util';
import { slowness } from './stack.mjs';

let passed = 0;
let failed = 0;

export function note(text) {
	for (const line of stripVTControlCharacters(String(text)).split('\n'))
		console.log(`# ${line}`);
}

function deadline(allowed) {
	const seconds = Math.round(allowed * slowness);
	let timer;
	const late = new Promise((_, fail) => {
		timer = setTimeout(() => fail(new Error(`not done in ${seconds} s`)),
			seconds * 1000);
	});
	return { late, clear: () => clearTimeout(timer) };
}

export async function test(name, body, seconds = 120) {
	const { late, clear } = deadline(seconds);
	try {
		const figures = await Promise.race([body(), late]);
		passed++;
		console.log(`ok ${passed + failed} - ${name}` +
			(typeof figures === 'string' ? `: ${figures}` : ''));
		return true;
	} catch (error) {
		failed++;
		console.log(`not ok ${passed + failed} - ${name}`);
		note(error.stack ?? error);
		return false;
	} finally {
		clear();
	}
}

// Run a group of tests.  If its servers do not start, report one failed test.
export async function part(name, body) {
	note(name);
	try {
		await body();
	} catch (error) {
		await test(name, () => { throw error; });
	}
}

// Print the plan and, as the last line, the counts.
export function finish() {
	if (failed > 0)
		note(`the servers' logs stay in ${process.env.RUN}`);
	console.log(`1..${passed + failed}`);
	console.log(`${passed} passed, ${failed} failed`);
	return failed === 0 && passed > 0;
}
