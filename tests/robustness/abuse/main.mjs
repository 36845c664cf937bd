// Runs the tests for each server: main.mjs SERVER...
import { stopAll } from '../../lib/stack.mjs';
import { finish, part } from '../../lib/tap.mjs';
import { abuse } from './abuse.mjs';

for (const server of process.argv.slice(2))
	await part(server, () => abuse(server));
await stopAll();
process.exit(finish() ? 0 : 1);
