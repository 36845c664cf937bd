// stand-in.mjs FOLDER DATABASE-PORT ENDPOINT...: imitate Neon's proxy in front of a
// PostgreSQL on this machine.  Write the ports to FOLDER/ports and read the certificates
// from FOLDER.  Tests change `habits` by HTTP requests to the control port.  The process
// ends with its parent.
//
// Neon's proxy finds the compute by the server name in the TLS handshake (SNI).  It lets
// the client log in, wakes the compute if that is suspended, and then relays both
// directions.  Here PostgreSQL itself verifies the password, with the same certificate as
// the stand-in.  So the channel binding of the login is real.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer as createControl } from 'node:http';
import { connect, createServer } from 'node:net';
import tls from 'node:tls';
import { Refusal, Startup, errorMessage, errorText, read, readMessage, readStartup } from './protocol.mjs';

const [folder, databasePort, ...endpoints] = process.argv.slice(2);

// The habits and the values that each can have.
const choices = {
	// The certificate, in FOLDER/NAME.pem.
	certificate: ['good', 'twin', 'name', 'authority', 'expired'],
	// What clients meet while the compute wakes up.
	cold: ['held', 'starting', 'compute', 'reset'],
	// How the links of clients end when the compute is suspended.
	end: ['57P01', 'silent', 'reset'],
	// Milliseconds: the time to wake up, and the idle time until suspension (0: never).
	wake: /^[0-9]{1,5}$/,
	idle: /^[0-9]{1,5}$/,
};
const habits = { certificate: 'good', cold: 'held', end: '57P01', wake: '0', idle: '0' };

// bound counts the logins with channel binding: the client chose SCRAM-SHA-256-PLUS.
const counts = { connections: 0, logins: 0, bound: 0, wakes: 0, sleeps: 0, refused: 0 };
const links = new Set();
let state = 'awake';
let awake = Promise.resolve();
let rouse = () => {};
let quiet = null;

// --- The compute ------------------------------------------------------------

function wakeUp() {
	state = 'waking';
	counts.wakes++;
	awake = new Promise((resolve) => {
		const timer = setTimeout(() => rouse('awake'), Number(habits.wake));
		rouse = (then) => {
			clearTimeout(timer);
			rouse = () => {};
			state = then;
			note(then);
			stayAwake();
			resolve();
		};
	});
}

function fallAsleep() {
	note(`asleep, with ${links.size} links`);
	counts.sleeps++;
	rouse('asleep');
	state = 'asleep';
	clearTimeout(quiet);
	for (const link of links)
		link.end(habits.end);
	links.clear();
}

function stayAwake() {
	clearTimeout(quiet);
	if (Number(habits.idle) > 0 && state === 'awake')
		quiet = setTimeout(fallAsleep, Number(habits.idle));
}

// --- A client ---------------------------------------------------------------

// The texts of proxy/src/auth in Neon's repository.  All errors of the proxy have this
// SQLSTATE.
const neon = (message) => new Refusal('ERROR', 'XX000', message);

const refusals = {
	insecure: neon('connection is insecure (try using `sslmode=require`)'),
	nameless: neon('Endpoint ID is not specified. Either please upgrade the postgres client ' +
		'library (libpq) for SNI support or pass the endpoint ID (first part of the domain name) ' +
		"as a parameter: '?options=endpoint%3D<endpoint-id>'. See more at https://neon.tech/sni"),
	unknown: neon('The requested endpoint could not be found, or you don\'t have access to it. ' +
		'Please check the provided ID and try again.'),
	options: (name) => neon(`unsupported startup parameter in options: ${name}. Please use ` +
		'unpooled connection or remove this parameter from the startup package. More details: ' +
		'https://neon.tech/docs/connect/connection-errors#unsupported-startup-parameter'),
	compute: neon("Couldn't connect to compute node"),
	starting: new Refusal('FATAL', '57P03', 'the database system is starting up'),
	asleep: new Refusal('FATAL', '57P01', 'terminating connection due to administrator command'),
};

// Return the TLS stream of the client.  Refuse a client that does not request TLS.
async function secure(socket) {
	for (;;) {
		const startup = await readStartup(socket);
		if (startup.code === Startup.TLS)
			break;
		if (startup.code !== Startup.GSS) {
			socket.end(errorMessage(refusals.insecure));
			throw refusals.insecure;
		}
		socket.write('N');
	}
	socket.write('S');
	const stream = new tls.TLSSocket(socket, {
		isServer: true,
		secureContext: tls.createSecureContext({
			cert: readFileSync(`${folder}/${habits.certificate}.pem`),
			key: readFileSync(`${folder}/server.key`),
		}),
	});
	await new Promise((resolve, reject) => {
		stream.once('secure', resolve);
		stream.once('error', reject);
		stream.once('close', () => reject(new Error('closed in the TLS handshake')));
	});
	return stream;
}

// Throw the error of Neon's proxy for an unknown endpoint, or of its pooler for options
// that it does not support.
function route(name, parameters) {
	if (!name)
		throw refusals.nameless;
	const label = name.split('.')[0];
	const pooler = label.endsWith('-pooler');
	if (!endpoints.includes(pooler ? label.slice(0, -'-pooler'.length) : label))
		throw refusals.unknown;
	const option = parameters.options?.match(/(?:-c\s*|--)([^\s=]+)/);
	if (pooler && option)
		throw refusals.options(option[1]);
}

// Connect to PostgreSQL over TLS and send this startup packet.
async function open(startup) {
	const socket = connect(Number(databasePort), '127.0.0.1');
	socket.on('error', () => socket.destroy());
	const request = Buffer.alloc(8);
	request.writeInt32BE(8, 0);
	request.writeInt32BE(Startup.TLS, 4);
	socket.write(request);
	if ((await read(socket, 1)).toString() !== 'S')
		throw new Error('PostgreSQL has no TLS');
	const stream = tls.connect({ socket, ca: readFileSync(`${folder}/ca.pem`), servername: 'localhost' });
	stream.on('error', () => stream.destroy());
	await new Promise((resolve) => stream.once('secureConnect', resolve));
	stream.write(startup);
	return stream;
}

// Relay the login in both directions.  Keep the messages after a successful authentication
// until the compute is awake, or fail as set by the habit `cold`.
async function logIn(client, database, cold) {
	let bound = 0;
	const relay = (chunk) => {
		bound ||= Number(chunk.includes('SCRAM-SHA-256-PLUS\0'));
		database.write(chunk);
	};
	client.on('data', relay);
	for (;;) {
		const message = await readMessage(database);
		if (message.type === 'Z') {
			client.off('data', relay);
			client.write(message.bytes);
			counts.logins++;
			counts.bound += bound;
			return;
		}
		if (message.type === 'R' && message.bytes.readInt32BE(5) === 0) {
			if (cold && habits.cold === 'compute') {
				client.write(message.bytes);
				throw refusals.compute;
			}
			await awake;
		}
		// Neon's proxy passes on the text of PostgreSQL's error, but not its
		// SQLSTATE.
		if (message.type === 'E')
			throw neon(errorText(message));
		client.write(message.bytes);
	}
}

function join(client, database, socket) {
	const link = {
		end(how) {
			database.destroy();
			if (how === '57P01')
				client.end(errorMessage(refusals.asleep));
			else if (how === 'silent')
				socket.destroy();
			else
				socket.resetAndDestroy();
		},
	};
	links.add(link);
	client.on('data', stayAwake);
	database.on('data', stayAwake);
	client.pipe(database);
	database.pipe(client);
	const over = () => {
		links.delete(link);
		client.destroy();
		database.destroy();
	};
	client.once('close', over);
	database.once('close', over);
}

async function serve(socket) {
	let client;
	let database;
	try {
		client = await secure(socket);
		client.on('error', () => client.destroy());
		const startup = await readStartup(client);
		route(client.servername, startup.parameters);
		if (state === 'asleep')
			wakeUp();
		const cold = state === 'waking';
		const { sleeps } = counts;
		if (cold && habits.cold === 'reset') {
			socket.resetAndDestroy();
			throw new Error('reset');
		}
		if (cold && habits.cold === 'starting')
			throw refusals.starting;
		database = await open(startup.bytes);
		await logIn(client, database, cold);
		if (sleeps !== counts.sleeps)
			throw refusals.asleep;
		stayAwake();
		join(client, database, socket);
	} catch (error) {
		counts.refused++;
		note(error.message);
		if (error instanceof Refusal && client)
			client.end(errorMessage(error));
		else
			socket.destroy();
		database?.destroy();
	}
}

// --- The control port -------------------------------------------------------

function note(text) {
	console.log(`${new Date().toISOString()} ${text}`);
}

// GET /: return the counts.  POST /?NAME=VALUE&...: change habits.  POST /sleep: suspend
// the compute now.  POST /awake: finish waking up now.
function control(request, response) {
	const url = new URL(request.url, 'http://localhost');
	const wrong = [...url.searchParams].find(([name, value]) =>
		!(choices[name] instanceof RegExp ? choices[name].test(value) : choices[name]?.includes(value)));
	if (wrong) {
		response.writeHead(400).end(`no ${wrong.join('=')}\n`);
		return;
	}
	if (request.method === 'POST') {
		Object.assign(habits, Object.fromEntries(url.searchParams));
		if (url.pathname === '/sleep')
			fallAsleep();
		else if (url.pathname === '/awake')
			rouse('awake');
		else
			stayAwake();
	}
	response.end(`${JSON.stringify({ state, links: links.size, ...counts })}\n`);
}

const listening = (server, port, host) => new Promise((resolve, reject) => {
	server.once('error', reject);
	server.listen(port, host, () => resolve(server.address().port));
});

function serveClient(socket) {
	counts.connections++;
	socket.on('error', () => socket.destroy());
	serve(socket);
}

const port = await listening(createServer(serveClient), 0, '127.0.0.1');
if (existsSync('/proc/net/if_inet6') && readFileSync('/proc/net/if_inet6', 'utf8').match(/^0{31}1 /m))
	await listening(createServer(serveClient), port, '::1');
const controlPort = await listening(createControl(control), 0, '127.0.0.1');
writeFileSync(`${folder}/ports.new`, `${port} ${controlPort}\n`);
renameSync(`${folder}/ports.new`, `${folder}/ports`);

const parent = process.ppid;
setInterval(() => {
	if (process.ppid !== parent)
		process.exit();
}, 1000);
