// Check the description with redocly's recommended rules.  Warnings count as errors.
import assert from 'node:assert/strict';
import { command } from '../../lib/stack.mjs';
import { test } from '../../lib/tap.mjs';

const here = 'tests/system/openapi';

function redocly(file) {
	return command([`${here}/node_modules/.bin/redocly`, 'lint', '--format=json',
		`--config=${here}/redocly.yaml`, file],
	{ REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' });
}

function totals({ output }) {
	const match = output.match(/"totals": (\{[^}]*\})/);
	assert.ok(match, output);
	return JSON.parse(match[1]);
}

export async function lint() {
	await test('lint: no error and no warning', async () => {
		const result = await redocly('build/htdocs/openapi.json');
		assert.deepEqual(totals(result), { errors: 0, warnings: 0, ignored: 0 }, result.output);
		assert.equal(result.code, 0);
	});
	await test('lint: the linter does find faults', async () => {
		const result = await redocly(`${here}/faulty.json`);
		assert.ok(totals(result).errors > 0, result.output);
		assert.notEqual(result.code, 0);
	});
}
