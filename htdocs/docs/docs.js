// Show /openapi.json with Swagger UI.  The page sends requests to this server only
// and keeps the token only in memory.
'use strict';

// Sections are open at first (docExpansion), except those of the other path styles.
// Swagger UI has no such option for one section, so change the default of its
// selector for a section that no click and no deep link has opened or closed.
const closeOtherStyles = () => ({
	statePlugins: { layout: { wrapSelectors: {
		isShown: original => (state, thing, open) => {
			const [kind, tag] = thing;
			const closed = kind === 'operations-tag' && tag.startsWith('Tasks under ');
			return original(thing, open && !closed);
		},
	} } },
});

window.ui = SwaggerUIBundle({
	url: '/openapi.json',
	dom_id: '#docs',
	plugins: [closeOtherStyles],
	deepLinking: true,
	displayRequestDuration: true,
	docExpansion: 'list',
	persistAuthorization: false,
	queryConfigEnabled: false,
	tryItOutEnabled: true,
	validatorUrl: null,
});
