// Read the settings of the demo's server from the environment.

function oneOf(name, allowed) {
	const value = process.env[name] || allowed[0];
	if (!allowed.includes(value))
		throw new Error(`${name} is one of ${allowed.join(', ')}`);
	return value;
}

function wholeNumber(name, fallback) {
	const value = process.env[name] || String(fallback);
	if (!/^[0-9]{1,9}$/.test(value))
		throw new Error(`${name} is a whole number`);
	return Number(value);
}

function required(name) {
	if (!process.env[name])
		throw new Error(`${name} is not set`);
	return process.env[name];
}

// Return the URL's origin, or '' for the origin that serves the page.
function origin(name, fallback) {
	const value = process.env[name] ?? fallback;
	return value === '' ? '' : new URL(value).origin;
}

export function readSettings() {
	const port = wholeNumber('PORT', 3000);
	return {
		port,
		// This server's URL in browsers.  Tokens have it as iss and aud.
		authUrl: origin('AUTH_URL', `http://localhost:${port}`),
		// The task API's URL in browsers.
		apiUrl: origin('API_URL', 'http://localhost:8000'),

		databaseUrl: required('AUTH_DATABASE_URL'),
		schema: process.env.AUTH_SCHEMA || 'better_auth',
		secret: required('BETTER_AUTH_SECRET'),

		// HS256: auth.mjs signs with the secret above.  The others are key
		// pairs that Better Auth creates and publishes.
		keys: oneOf('AUTH_KEYS',
			['EdDSA', 'ES256', 'ES512', 'RS256', 'PS256', 'HS256']),
		rotationSeconds: wholeNumber('AUTH_ROTATION', 0),
		tokenLife: process.env.AUTH_TOKEN_LIFE || '15m',
		ids: oneOf('AUTH_IDS', ['text', 'uuid', 'serial']),
		// The session cookie is signed with the secret (jwt) or the key
		// pair (jwks).
		cookieCache: oneOf('AUTH_COOKIE_CACHE', ['off', 'jwt', 'jwks']),
		bearer: oneOf('AUTH_BEARER', ['off', 'on']) === 'on',
		// The file that mails are written to, one JSON text per line.
		// Unset: no mails.
		outbox: process.env.AUTH_OUTBOX || null,
		logRequests: oneOf('AUTH_LOG', ['off', 'requests']) === 'requests',
	};
}
