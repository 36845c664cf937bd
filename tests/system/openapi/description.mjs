// Read the description that servers send, and compare responses with it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { root } from '../../lib/stack.mjs';

export const description = JSON.parse(readFileSync(`${root}build/htdocs/openapi.json`, 'utf8'));

const methods = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options', 'trace'];

// Follow a $ref.  Return anything else unchanged.
export function resolve(thing) {
	if (thing?.$ref === undefined)
		return thing;
	return thing.$ref.slice(2).split('/').reduce((at, name) => at[name], description);
}

// [{ path, method: 'GET', id, summary, parameters, body, responses, open }]
export const described = Object.entries(description.paths).flatMap(([path, item]) =>
	methods.filter(method => item[method]).map(method => ({
		path,
		method: method.toUpperCase(),
		id: item[method].operationId,
		summary: item[method].summary,
		parameters: [...item.parameters ?? [], ...item[method].parameters ?? []].map(resolve),
		body: resolve(item[method].requestBody),
		responses: item[method].responses,
		open: (item[method].security ?? description.security).length === 0,
	})));

// The description states HEAD once, in its introduction: as GET, without the body.
// The same tests run for HEAD as for any described operation.
export const operations = described.flatMap(operation => operation.method === 'GET'
	? [operation, { ...operation, method: 'HEAD', id: `HEAD ${operation.id}` }] : [operation]);

// Return a copy of the schema that allows only the described members of objects.
function closed(schema) {
	if (Array.isArray(schema))
		return schema.map(closed);
	if (schema === null || typeof schema !== 'object')
		return schema;
	const copy = Object.fromEntries(
		Object.entries(schema).map(([name, value]) => [name, closed(value)]));
	return schema.type === 'object' && schema.properties
		? { ...copy, additionalProperties: false } : copy;
}

const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
addFormats(ajv);
ajv.addSchema({ components: { schemas: closed(description.components.schemas) } }, 'api');
const open = new Ajv({ strict: false, allErrors: true });
addFormats(open);
open.addSchema({ components: { schemas: description.components.schemas } }, 'api');

function check(validator, schema, value, what) {
	const named = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/'));
	assert.ok(validator.validate(named, value),
		`${what}: ${JSON.stringify(value)}: ${validator.errorsText()}`);
}

export function checkRequestBody(operation, value) {
	check(open, operation.body.content['application/json'].schema, value, 'request body');
}

// Headers that the description omits, because HTTP defines them.
const plumbing = new Set(['date', 'server', 'connection', 'keep-alive', 'transfer-encoding',
	'content-length', 'content-type', 'accept-ranges']);

function checkHeaders(answer, described) {
	const left = new Map(answer.headers);
	for (const [name, header] of Object.entries(described ?? {})) {
		const { required, schema } = resolve(header);
		const value = left.get(name.toLowerCase());
		left.delete(name.toLowerCase());
		if (value === undefined)
			assert.ok(!required, `no header ${name}`);
		else
			check(ajv, schema, schema.type === 'integer' ? Number(value) : value, name);
	}
	assert.deepEqual([...left.keys()].filter(name => !plumbing.has(name)), [],
		'headers that are not described');
}

function checkBody(answer, content) {
	const minimal = answer.headers.get('preference-applied') === 'return=minimal';
	if (answer.method === 'HEAD' || minimal || content === undefined) {
		assert.equal(answer.body, '');
		return;
	}
	const type = answer.headers.get('content-type').split(';')[0];
	assert.ok(content[type], `type ${type}`);
	check(ajv, content[type].schema,
		type === 'application/json' ? JSON.parse(answer.body) : answer.body, 'body');
}

// Check that the answer is as the operation describes it.  Return the answer's key in
// the operation's responses: the status or `default`.
export function checkAnswer(operation, answer) {
	const name = operation.responses[answer.status] ? String(answer.status) : 'default';
	const response = resolve(operation.responses[name]);
	assert.ok(response, `status ${answer.status}`);
	checkHeaders(answer, response.headers);
	checkBody(answer, response.content);
	return name;
}
