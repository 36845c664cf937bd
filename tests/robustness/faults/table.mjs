// Makes the table of docs/faults.md: each fault with its worst result in all setups.
const replies = { 500: '500', 503: '503', none: 'a broken connection' };

// A slow request counts as a wait only if no request was served meanwhile. A busy machine
// makes single requests slow, too.
const waited = ({ outage, slowest }) => Math.min(outage, slowest) > 1000 ? slowest : 0;

function sees({ kinds, wait }) {
	const words = [];
	if (wait > 0)
		words.push(`a wait of ${Math.round(wait / 1000)} s`);
	for (const [kind, word] of Object.entries(replies))
		if (kinds[kind])
			words.push(word);
	return words.join(', ') || 'nothing';
}

// Whole seconds, because tenths depend on the machine.
const back = ms => ms < 500 ? 'at once' : `${Math.ceil(ms / 1000)} s`;

export class Table {
	constructor() {
		this.rows = new Map();
	}

	add(fault, figures) {
		const row = this.rows.get(fault) ?? { setups: 0, kinds: {}, wait: 0, back: 0 };
		this.rows.set(fault, {
			setups: row.setups + 1,
			kinds: { ...row.kinds, ...figures.kinds },
			wait: Math.max(row.wait, waited(figures)),
			back: Math.max(row.back, figures.back),
		});
	}

	markdown() {
		const lines = [...this.rows].map(([fault, row]) =>
			`| ${fault} | ${row.setups} | ${sees(row)} | ${back(row.back)} |`);
		return ['| fault | setups | a client sees, at worst | back after |', '|---|---:|---|---|',
			...lines, ''].join('\n');
	}
}
