// Read htdocs/openapi.json from standard input and write the description that
// servers send.  Usage: openapi.mjs VERSION
//
// The source describes only the paths under /api/tasks.  Each row of x-path-styles
// is another path style: copy these paths under its prefix.  OpenAPI allows a $ref
// to a path item, but both paths would then have the same operationId and tags.
import { readFileSync } from 'node:fs';

const [version] = process.argv.slice(2);
const source = readFileSync(0, 'utf8').replaceAll('@VERSION@', version);
const { 'x-path-styles': styles, ...description } = JSON.parse(source);

function copyOperation(operation, { suffix, tag, responses }) {
	return {
		...operation,
		operationId: operation.operationId + suffix,
		tags: [tag],
		responses: { ...responses, ...operation.responses },
	};
}

function copyPath({ parameters, ...methods }, style) {
	return {
		parameters: [...style.parameters ?? [], ...parameters],
		...Object.fromEntries(Object.entries(methods)
			.map(([method, operation]) => [method, copyOperation(operation, style)])),
	};
}

const paths = Object.entries(description.paths)
	.filter(([path]) => path.startsWith('/api/tasks'));
for (const style of styles)
	for (const [path, item] of paths)
		description.paths[path.replace('/api', style.prefix)] = copyPath(item, style);
process.stdout.write(`${JSON.stringify(description, null, '\t')}\n`);
