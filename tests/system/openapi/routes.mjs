// Compare the routes of the description, the library's table, the rules of Apache and
// nginx, and the programs.  Compare other facts that are written down twice.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync, readdirSync } from 'node:fs';
import { root } from '../../lib/stack.mjs';
import { note, test } from '../../lib/tap.mjs';
import { described, description, operations } from './description.mjs';

const text = name => readFileSync(root + name, 'utf8');
const sorted = list => [...new Set(list)].sort();
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND'];

// --- All paths made of the words that the description and the library use ----

const words = sorted([...Object.keys(description.paths).join('/').split('/'),
	...[...text('lib/app/route.c').matchAll(/"([a-z0-9.]+)"/g)].map(match => match[1]),
	'x', 'y'].filter(word => word !== '' && !word.startsWith('{')));

function under(prefix, depth) {
	return depth === 0 ? [] : words.flatMap(word =>
		[`${prefix}/${word}`, ...under(`${prefix}/${word}`, depth - 1)]);
}

const paths = sorted([...under('', 3), ...under('/api', 3),
	...words.flatMap(word => under(`/api/${word}/tasks`, 2))]);

// --- The program of each method and path ---------------------------------------

// Return a map from 'METHOD PATH' to { template, program }.
function libraryRoutes() {
	const { stdout } = spawnSync(`${process.env.RUN}/routes`, {
		input: paths.join('\n'), encoding: 'utf8', maxBuffer: 1 << 28,
	});
	return new Map(stdout.trim().split('\n').map(line => line.split(' '))
		.map(([method, path, template, program]) => [`${method} ${path}`, { template, program }]));
}

// Return the rules of httpd.conf.example: [{ methods, pattern, program }]
function apacheRules() {
	const conf = text('httpd.conf.example');
	const base = conf.match(/^Define TASKS_BASE (.*)$/m)[1];
	const rules = [];
	let condition = null;
	for (const line of conf.split('\n').map(each => each.trim())) {
		const [, pattern, program] = line.match(/^RewriteRule "(.*)" (?:- \[L\]|"\$\{TASKS_PROGRAMS\}\/none" \[\$\{TASKS_BY\}(.*),L\])$/) ?? [];
		if (line.startsWith('RewriteCond %{REQUEST_METHOD} '))
			condition = line.split(' ').pop().replace(/^=(.*)$/, '^$1$');
		if (pattern === undefined)
			continue;
		if (!pattern.startsWith('^/cgi-bin/'))
			rules.push({ methods: new RegExp(condition ?? ''),
				pattern: new RegExp(pattern.replace('${TASKS_BASE}', base)),
				program: program ?? 'files' });
		condition = null;
	}
	return rules;
}

// Return a function that looks up a method and path in the maps of
// deploy/nginx.conf.example and returns the program.
function nginxProgram() {
	const conf = text('deploy/nginx.conf.example');
	const rows = name => conf.split(`map ${name} {\n`)[1].split('\n}')[0].split('\n')
		.map(line => line.trim().replace(/^"(.*)"/, '$1').replace('\\z', '$').replace(/;$/, '').split(/ +/));
	const kinds = rows('$uri $tasks_kind')
		.map(([pattern, kind]) => [new RegExp(pattern.slice(1)), kind]);
	const programs = new Map(rows('$request_method:$tasks_kind $tasks_program'));
	const files = new RegExp(conf.match(/location ~ "(.*)\\z" \{/)[1] + '$');
	return (method, path) => {
		if (files.test(path) && /^(GET|HEAD)$/.test(method))
			return 'files';
		const [, kind] = kinds.find(([pattern]) => pattern.test(path)) ?? [null, ''];
		return programs.get(`${method}:${kind}`) ?? programs.get('default');
	};
}

const isAsset = path => /^\/docs\/./.test(path);

function apacheRoutes(rules) {
	const routes = new Map();
	for (const path of paths)
		for (const method of methods) {
			const rule = rules.find(each => each.pattern.test(path) && each.methods.test(method));
			if (rule.program !== 'fallback' && !isAsset(path))
				routes.set(`${method} ${path}`, rule.program);
		}
	return routes;
}

// --- The tests ---------------------------------------------------------------

async function testRoutes() {
	const library = libraryRoutes();
	const apache = apacheRoutes(apacheRules());

	await test('routes: the description has those of lib/app/route.c', () => {
		assert.deepEqual(sorted(operations.map(({ method, path }) => `${method} ${path}`)),
			sorted([...library].map(([route, { template }]) => `${route.split(' ')[0]} ${template}`)));
		note(`${operations.length} operations, ${paths.length} paths tried`);
	});
	await test('routes: httpd.conf.example has those of lib/app/route.c', () => {
		assert.deepEqual([...apache].sort(),
			[...library].map(([route, { program }]) => [route, program]).sort());
	});
	await test('routes: deploy/nginx.conf.example has those of httpd.conf.example', () => {
		const rules = apacheRules();
		const program = nginxProgram();
		for (const path of paths)
			for (const method of methods)
				for (const slash of ['', '/']) {
					const rule = rules.find(each => each.pattern.test(path + slash) && each.methods.test(method));
					assert.equal(program(method, path + slash), rule.program, `${method} ${path}${slash}`);
				}
	});
	await test('routes: a final slash changes nothing', () => {
		const rules = apacheRules();
		for (const [route, program] of apache) {
			const [method, path] = route.split(' ');
			const rule = rules.find(each =>
				each.pattern.test(`${path}/`) && each.methods.test(method));
			assert.equal(rule.program, program, route);
		}
	});
	await test('routes: programs, their sources, Actions and rules are the same', () => {
		const sources = sorted(readdirSync(`${root}cgi-bin`)
			.filter(name => name.endsWith('.c')).map(name => name.slice(0, -2)));
		const actions = [...text('httpd.conf.example')
			.matchAll(/^\s*Action (\S+) \/cgi-bin\/\1 virtual$/gm)].map(match => match[1]);
		const served = [...library.values()].map(({ program }) => program);
		assert.deepEqual(sorted(actions), sources);
		assert.deepEqual(sorted([...served, 'fallback']), sorted([...sources, 'files']));
		for (const name of sources)
			accessSync(`${process.env.BUILD.startsWith('/') ? '' : root}${process.env.BUILD}/${name}`,
				constants.X_OK);
	});
}

// Return a copy without what differs between the styles: operationId, tags, and the
// user in the path.
function bare(item) {
	return JSON.parse(JSON.stringify(item, (name, value) => {
		if (name === 'tags')
			return undefined;
		if (name === 'operationId')
			return value.replace(/V1$|OfUser$/, '');
		if (name === 'parameters' && Array.isArray(value))
			return value.filter(({ $ref }) => !$ref?.endsWith('/UserId'));
		if (name === 'responses')
			return { 403: { $ref: '#/components/responses/Forbidden' }, ...value };
		return value;
	}));
}

async function testTwice() {
	await test('routes: the three styles are described alike', () => {
		for (const [path, item] of Object.entries(description.paths))
			for (const style of path.startsWith('/api/tasks') ? ['/api/v1', '/api/{user_id}'] : [])
				assert.deepEqual(bare(description.paths[path.replace('/api', style)]), bare(item), path);
		assert.deepEqual(bare(description.paths['/api/v1/auth/me']),
			bare(description.paths['/api/me']));
	});
	await test('routes: a reader finds an operation by its verb, and HEAD only once', () => {
		for (const { id, method, summary } of described) {
			assert.match(summary, /^(List|Get|Create|Change|Complete or reopen|Delete|Check) /, id);
			assert.notEqual(method, 'HEAD', id);
		}
		assert.match(description.info.description, /every path that supports GET also supports HEAD/);
		assert.ok(!('x-path-styles' in description));
	});
	await test("routes: the list's parameters are those of lib/task/task_query.c", () => {
		const table = text('lib/task/task_query.c').match(/\} parameters\[\] = \{([^;]*)\};/)[1];
		const { parameters } = operations.find(({ id }) => id === 'listTasks');
		assert.deepEqual(
			sorted(parameters.filter(each => each.in === 'query').map(({ name }) => name)),
			sorted([...table.matchAll(/"([a-z_]+)"/g)].map(match => match[1])));
	});
	await test('routes: the codes of errors are those of lib/base/problem.c, Apache and nginx', () => {
		const { Error: error, ValidationError: invalid } = description.components.schemas;
		const slugs = text('lib/base/problem.c').matchAll(/\{\d{3}, "(\w+)"/g);
		const apache = text('httpd.conf.example').matchAll(/\\"code\\":\\"(\w+)\\"/g);
		const nginx = text('deploy/nginx.conf.example').matchAll(/"code":"(\w+)"/g);
		const codes = sorted([...error.properties.code.enum, invalid.properties.code.const]);
		assert.deepEqual(codes, sorted([...slugs, ...apache].map(match => match[1])));
		for (const [, code] of nginx)
			assert.ok(codes.includes(code), code);
	});
	await test('routes: the version is left to CHANGELOG.md', () => {
		const versions = [...text('htdocs/openapi.json').matchAll(/"version": "([^"]*)"/g)];
		assert.deepEqual(new Set(versions.map(match => match[1])), new Set(['@VERSION@']));
	});
}

export async function routes() {
	await testRoutes();
	await testTwice();
}
