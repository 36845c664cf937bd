// Measures what a server uses: the processes of the server, the programs and the pooler,
// their memory and descriptors, and the connections of clients.
import { readFile, readdir, readlink } from 'node:fs/promises';

const servers = ['apache2', 'nginx', 'multiwatch', 'pgbouncer'];

// Returns whether the process belongs to the server in that folder. nginx overwrites its
// command line, so the working directory counts, too.
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

// Counts the connections of clients to the server. A socket without an inode that the
// server has closed is excluded: only the kernel keeps it, for minutes, until the
// client's last segment.
async function connections(port) {
	const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
	const lines = (await readFile('/proc/net/tcp', 'utf8')).split('\n').slice(1).map(line => line.trim().split(/\s+/));
	return lines.filter(([, local, , state, , , , , , inode]) => local?.endsWith(end) && state !== listening &&
		!(inode === '0' && closed.includes(state))).length;
}

// A process may end while its files in /proc are read; ignore it.
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
