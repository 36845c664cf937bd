// Create Better Auth as configured in the settings.
import { appendFile } from 'node:fs/promises';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { bearer, jwt } from 'better-auth/plugins';
import { SignJWT } from 'jose';
import pg from 'pg';

// The key is the secret's raw bytes, as in the API.
function sharedSecretSigner(secret) {
	const key = new TextEncoder().encode(secret);
	return (claims, header) => new SignJWT(claims)
		.setProtectedHeader({ typ: 'JWT', ...header, alg: 'HS256' })
		.sign(key);
}

function jwtOptions(settings) {
	const options = { jwt: { expirationTime: settings.tokenLife } };
	if (settings.keys === 'HS256') {
		options.jwt.sign = sharedSecretSigner(settings.secret);
		// Better Auth accepts `sign` only with a remoteUrl.  Nothing
		// fetches it.
		options.jwks = {
			remoteUrl: `${settings.authUrl}/no-key-set`,
			keyPairConfig: { alg: 'HS256' },
		};
		return options;
	}
	options.jwks = {};
	if (settings.keys !== 'EdDSA')
		options.jwks.keyPairConfig = { alg: settings.keys };
	if (settings.rotationSeconds > 0)
		options.jwks.rotationInterval = settings.rotationSeconds;
	if (settings.cookieCache === 'jwks')
		options.sessionCookieCache = true;
	return options;
}

function mailOptions(outbox) {
	const send = ({ user, url, token }) =>
		appendFile(outbox, `${JSON.stringify({ to: user.email, url, token })}\n`);
	return { sendVerificationEmail: send, sendOnSignUp: true };
}

function authOptions(settings, pool) {
	return {
		database: pool,
		baseURL: settings.authUrl,
		secret: settings.secret,
		emailAndPassword: { enabled: true },
		...settings.outbox && { emailVerification: mailOptions(settings.outbox) },
		...settings.cookieCache !== 'off' && {
			session: { cookieCache: { enabled: true, strategy: 'jwt' } },
		},
		...settings.ids !== 'text' && {
			advanced: { database: { generateId: settings.ids } },
		},
		telemetry: { enabled: false },
		plugins: [
			jwt(jwtOptions(settings)),
			...settings.bearer ? [bearer()] : [],
		],
	};
}

// Better Auth has a schema of its own, to keep its tables apart from the API's.
function openPool({ databaseUrl, schema }) {
	if (!/^[a-z_][a-z0-9_]*$/.test(schema))
		throw new Error('AUTH_SCHEMA is a plain lower-case name');
	return new pg.Pool({
		connectionString: databaseUrl,
		options: `-c search_path=${schema}`,
		max: 5,
	});
}

export async function startAuth(settings) {
	const pool = openPool(settings);
	await pool.query(`CREATE SCHEMA IF NOT EXISTS ${settings.schema}`);
	const options = authOptions(settings, pool);
	const { runMigrations } = await getMigrations(options);
	await runMigrations();
	return { auth: betterAuth(options), pool };
}
