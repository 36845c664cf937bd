// Swagger UI over /openapi.json.  Nothing is asked of other hosts, and the
// token stays in this page alone.
'use strict';

window.ui = SwaggerUIBundle({
	url: '/openapi.json',
	dom_id: '#docs',
	deepLinking: true,
	displayRequestDuration: true,
	docExpansion: 'list',
	persistAuthorization: false,
	queryConfigEnabled: false,
	tryItOutEnabled: true,
	validatorUrl: null,
});
