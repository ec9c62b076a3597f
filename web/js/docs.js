// The page of the API's documentation. The validator badge would call another host, so it is off.
/* global SwaggerUIBundle */
SwaggerUIBundle({
  url: new URL('openapi.json', document.baseURI).href,
  dom_id: '#docs',
  deepLinking: true,
  validatorUrl: null,
});
