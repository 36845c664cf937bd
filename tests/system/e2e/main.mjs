// Runs the tests of each part; tools/dev/e2e calls this.
import { stopAll } from '../../lib/stack.mjs';
import { finish, part } from '../../lib/tap.mjs';

const parts = ['tokens', 'browser', 'rotation', 'docs'];
const wanted = process.argv.slice(2);

for (const name of wanted.length > 0 ? wanted : parts)
	await part(name, async () => {
		const module = await import(`./${name}.mjs`);
		await module[name]();
	});
await stopAll();
process.exit(finish() ? 0 : 1);
