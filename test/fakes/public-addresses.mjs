// Loaded before a program: what it sends to public addresses goes to a server on loopback, the address in the path.
const { PUBLIC_ORIGIN } = process.env;
const pass = globalThis.fetch;

/** @type {typeof fetch} */
globalThis.fetch = (input, init) => {
  const request = new Request(input, init);
  if (new URL(request.url).hostname === '127.0.0.1') return pass(request);
  return pass(new Request(`${PUBLIC_ORIGIN}/${request.url}`, request));
};
