// tls-server.mjs FOLDER: a server that speaks PostgreSQL's protocol only up to the TLS
// handshake, with FOLDER's server.key and server.pem.  It prints its port, and closes the
// connection after the first data over TLS.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { TLSSocket } from 'node:tls';

const [folder] = process.argv.slice(2);
const options = {
	isServer: true,
	key: readFileSync(`${folder}/server.key`),
	cert: readFileSync(`${folder}/server.pem`),
};

const server = createServer((socket) => {
	socket.on('error', () => {});
	socket.once('data', () => {
		socket.write('S');
		const secure = new TLSSocket(socket, options);
		secure.on('error', () => {});
		secure.once('data', () => {
			console.log('over TLS');
			secure.end();
		});
	});
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
