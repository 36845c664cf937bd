// main.mjs cgi|fastcgi ONE_OF PLACE: run the campaign, or one in ONE_OF of its requests,
// and print TAP. PLACE is a folder for sockets. tests/run sets the API_* variables.
import { finish, note, test } from '../../lib/tap.mjs';
import { allDifferences, Campaign, expiredKeys, keyDifferences, snapshot } from './campaign.mjs';
import { people, sow } from './people.mjs';
import { Cgi, FastCgi } from './transports.mjs';

const what = {
	lists: 'lists and counts', gets: 'reads', updates: 'changes', completes: 'completes', deletes: 'deletes',
};

function mustBeNone(complaints) {
	if (complaints.length > 0)
		throw new Error([`${complaints.length} complaints`, ...complaints.slice(0, 5)].join('\n'));
}

const [kind, oneOf, place] = process.argv.slice(2);
const salt = Math.floor(Math.random() * 1000);
const transport = kind === 'cgi' ? new Cgi() : new FastCgi(place);
const campaign = new Campaign(transport, Number(oneOf), salt);
const by = `(${transport.name})`;
const start = Date.now();
process.on('exit', () => transport.kill());
process.on('SIGTERM', () => process.exit(143));

sow();
const before = snapshot();
await campaign.collect();
for (const [group, does] of Object.entries(what)) {
	const complaints = await campaign.run(group);
	for (const [caller, wrong] of complaints)
		await test(`"${caller.id}" ${does} nothing of anybody else's ${by}`, () => mustBeNone(wrong));
}
for (const caller of people) {
	const then = snapshot(expiredKeys);
	const wrong = (await campaign.run('creates', [caller])).get(caller);
	await test(`"${caller.id}" makes nothing of anybody else's, and keeps to own keys ${by}`, () =>
		mustBeNone([...wrong, ...keyDifferences(then, snapshot(), caller)]));
}
await transport.end();
await test(`the tables hold what they held, but for what each user did with their own ${by}`, () =>
	mustBeNone(allDifferences(before, snapshot(), campaign.deleted)));
note(`${campaign.sent} requests in ${(Date.now() - start) / 1000} s ${by}, one in ${oneOf} from ${salt} on`);
process.exit(finish() ? 0 : 1);
