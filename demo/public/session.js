// Call Better Auth.  The session is a cookie that
// scripts cannot read.  The task API receives a short-lived token instead.

export class Refusal extends Error {
	constructor(status, message, fields = []) {
		super(message);
		this.status = status;
		// [{ name, message }] of the invalid form fields.
		this.fields = fields;
	}
}

async function call(method, path, body) {
	let response;
	try {
		response = await fetch(`/api/auth/${path}`, {
			method,
			...body && {
				headers: { 'Content-Type': 'application/json' },
				body: JSON.stringify(body),
			},
		});
	} catch {
		throw new Refusal(0, 'The sign-in server cannot be reached');
	}
	const answer = await response.json().catch(() => null);
	if (!response.ok)
		throw new Refusal(response.status,
			answer?.message || `Signing in failed (${response.status})`);
	return answer;
}

export const signUp = form => call('POST', 'sign-up/email', form);
export const signIn = form => call('POST', 'sign-in/email', form);
export const signOut = () => call('POST', 'sign-out', {});

// Return the signed-in user, or null.
export async function currentUser() {
	return (await call('GET', 'get-session'))?.user ?? null;
}

export async function newToken() {
	return (await call('GET', 'token')).token;
}
