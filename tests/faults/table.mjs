// README's table: each fault, the worst of all setups.
const replies = { 500: '500', 503: '503', none: 'a broken connection' };

function sees({ kinds, slowest }) {
	const words = [];
	// The tests themselves hold programs up for a moment.
	if (slowest > 1500)
		words.push(`a wait of ${Math.round(slowest / 1000)} s`);
	for (const [kind, word] of Object.entries(replies))
		if (kinds[kind])
			words.push(word);
	return words.join(', ') || 'nothing';
}

// Within so many seconds; tenths of them depend on the machine.
const back = ms => ms < 500 ? 'at once' : `${Math.ceil(ms / 1000)} s`;

export class Table {
	constructor() {
		this.rows = new Map();
	}

	add(fault, { kinds, slowest, back: ms }) {
		const row = this.rows.get(fault) ?? { setups: 0, kinds: {}, slowest: 0, back: 0 };
		this.rows.set(fault, {
			setups: row.setups + 1,
			kinds: { ...row.kinds, ...kinds },
			slowest: Math.max(row.slowest, slowest),
			back: Math.max(row.back, ms),
		});
	}

	markdown() {
		const lines = [...this.rows].map(([fault, row]) =>
			`| ${fault} | ${row.setups} | ${sees(row)} | ${back(row.back)} |`);
		return ['| fault | setups | a client sees, at worst | back after |', '|---|---:|---|---|',
			...lines, ''].join('\n');
	}
}
