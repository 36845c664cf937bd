// Serve Better Auth with e-mail and password under /api/auth/, and one page that
// uses it and the task API. settings.mjs describes the settings.
import './webcrypto.mjs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { toNodeHandler } from 'better-auth/node';
import { startAuth } from './auth.mjs';
import { readSettings } from './settings.mjs';

const files = {
	'/': ['index.html', 'text/html; charset=utf-8'],
	'/app.js': ['app.js', 'text/javascript; charset=utf-8'],
	'/api.js': ['api.js', 'text/javascript; charset=utf-8'],
	'/session.js': ['session.js', 'text/javascript; charset=utf-8'],
	'/style.css': ['style.css', 'text/css; charset=utf-8'],
};

function pageHeaders(type, apiUrl) {
	const policy = [
		"default-src 'none'", "script-src 'self'", "style-src 'self'",
		'img-src data:', `connect-src 'self' ${apiUrl}`.trim(),
		"base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
		"require-trusted-types-for 'script'", "trusted-types 'none'",
	];
	return {
		'Content-Type': type,
		'Content-Security-Policy': policy.join('; '),
		'X-Content-Type-Options': 'nosniff',
		'Referrer-Policy': 'no-referrer',
		'Cache-Control': 'no-cache',
	};
}

async function sendFile(request, response, settings) {
	const { pathname } = new URL(request.url, 'http://localhost');
	const file = Object.hasOwn(files, pathname) && files[pathname];
	const known = ['GET', 'HEAD'].includes(request.method);
	if (!file || !known) {
		response.writeHead(file ? 405 : 404, {
			'Content-Type': 'text/plain',
			...file && { Allow: 'GET, HEAD' },
		});
		response.end(file ? 'Method not allowed\n' : 'Not found\n');
		return;
	}
	let body = await readFile(new URL(`public/${file[0]}`, import.meta.url));
	if (pathname === '/')
		body = body.toString().replace('{{API_URL}}', settings.apiUrl);
	response.writeHead(200, pageHeaders(file[1], settings.apiUrl));
	response.end(body);
}

async function answer(request, response, settings, handleAuth) {
	try {
		if (request.url.startsWith('/api/auth/'))
			await handleAuth(request, response);
		else
			await sendFile(request, response, settings);
	} catch (error) {
		console.error(error);
		if (!response.headersSent)
			response.writeHead(500);
		response.end();
	}
}

function logWhenDone(request, response) {
	const path = request.url.split('?')[0];
	response.on('finish', () =>
		console.log(request.method, path, response.statusCode));
}

async function main() {
	const settings = readSettings();
	const { auth, pool } = await startAuth(settings);
	const handleAuth = toNodeHandler(auth);
	const server = createServer((request, response) => {
		if (settings.logRequests)
			logWhenDone(request, response);
		answer(request, response, settings, handleAuth);
	});

	// If the database restarts, its idle connections break.  The pool opens new
	// ones.
	pool.on('error', error => console.error(error.message));
	server.on('error', fail);
	server.listen(settings.port, '127.0.0.1', () =>
		console.log(`Better Auth is at ${settings.authUrl}`));
	for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'])
		process.on(name, () => process.exit(0));
}

function fail(error) {
	console.error(`demo: ${error.message}`);
	process.exit(1);
}

main().catch(fail);
