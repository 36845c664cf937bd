// What a server has of the machine: its processes, the programs' and those of the
// pooler, their memory and descriptors, and the connections of its clients.
import { readFile, readdir, readlink } from 'node:fs/promises';

const servers = ['apache2', 'nginx', 'multiwatch', 'pgbouncer'];

// Whether that process is of the server under that folder: by what it was started
// with, by where it works (nginx writes over the former).
async function belongs(pid, folder) {
	const name = (await readFile(`/proc/${pid}/comm`, 'utf8')).trim();
	const line = await readFile(`/proc/${pid}/cmdline`, 'utf8');
	if (!servers.includes(name))
		return line.split('\0')[0].startsWith(`${folder}/programs/`);
	return line.includes(`${folder}/`) || (await readlink(`/proc/${pid}/cwd`)).startsWith(folder);
}

async function kilobytes(pid) {
	const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
	return Number(/^Pss: +(\d+)/m.exec(text)[1]);
}

// FIN_WAIT1, FIN_WAIT2, TIME_WAIT, LAST_ACK, CLOSING.
const closed = ['04', '05', '06', '09', '0B'];
const listening = '0A';

// Those of clients with the server.  What it has closed and let go of is the kernel's
// alone (no inode), which waits for minutes for an attacker's last word.
async function connections(port) {
	const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
	const lines = (await readFile('/proc/net/tcp', 'utf8')).split('\n').slice(1).map(line => line.trim().split(/\s+/));
	return lines.filter(([, local, , state, , , , , , inode]) => local?.endsWith(end) && state !== listening &&
		!(inode === '0' && closed.includes(state))).length;
}

// A process may end while it is looked at.
export async function serverState(api) {
	const folder = `${process.env.RUN}/${api.name}`;
	const state = { processes: 0, descriptors: 0, mb: 0, connections: await connections(api.port) };
	for (const pid of (await readdir('/proc')).filter(name => /^\d+$/.test(name))) {
		try {
			if (!await belongs(pid, folder))
				continue;
			const descriptors = (await readdir(`/proc/${pid}/fd`)).length;
			state.mb += await kilobytes(pid) / 1024;
			state.descriptors += descriptors;
			state.processes++;
		} catch (error) {
			if (!['ENOENT', 'ESRCH'].includes(error.code))
				throw error;
		}
	}
	state.mb = Math.round(state.mb);
	return state;
}
