// A client that signs in: the official TypeScript one with its OAuthClientProvider, and a person elsewhere.
//
//   node oauth.mjs ENDPOINT
//
// Prints one JSON line when a person must open an address, and one at the end: what it asked for, what it was
// given (no token), and what a tool answered.

import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from "@modelcontextprotocol/client";

const [endpoint] = process.argv.slice(2);
const say = (told) => console.log(JSON.stringify(told));

const server = createServer();
server.listen(0, "127.0.0.1");
await once(server, "listening");
const redirectUrl = `http://127.0.0.1:${server.address().port}/callback`;
const answered = new Promise((resolve) => {
  server.on("request", (request, response) => {
    const url = new URL(request.url, redirectUrl);
    response.end("You may close this window.");
    if (url.pathname === "/callback") resolve(url.searchParams);
  });
});

const kept = {};
const provider = {
  redirectUrl,
  clientMetadata: {
    client_name: "Eyeot test client (TypeScript)",
    redirect_uris: [redirectUrl],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
  },
  state: () => (kept.state = randomUUID()),
  clientInformation: () => kept.client,
  saveClientInformation: (client) => void (kept.client = client),
  tokens: () => kept.tokens,
  saveTokens: (tokens) => void (kept.tokens = tokens),
  saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
  codeVerifier: () => kept.verifier,
  saveDiscoveryState: (state) => void (kept.discovery = state),
  discoveryState: () => kept.discovery,
  redirectToAuthorization: (url) => {
    kept.asked = Object.fromEntries(url.searchParams);
    say({ open: url.href });
  },
};

const client = new Client({ name: "eyeot-test-client", version: "1.0.0" });
const connect = async () => {
  const transport = new StreamableHTTPClientTransport(new URL(endpoint), { authProvider: provider });
  await client.connect(transport);
};

async function signedIn() {
  const transport = new StreamableHTTPClientTransport(new URL(endpoint), { authProvider: provider });
  try {
    await client.connect(transport);
  } catch (refused) {
    if (!(refused instanceof UnauthorizedError)) throw refused;
  }
  const given = await answered;
  if (given.get("state") !== kept.state) throw new Error("another state came back");
  await transport.finishAuth(given);
  await connect();
}

try {
  await signedIn();
  const result = await client.callTool({ name: "whoami", arguments: {} });
  const { access_token, refresh_token, ...granted } = kept.tokens;
  say({
    asked: kept.asked,
    granted,
    refreshable: Boolean(refresh_token),
    isError: result.isError ?? false,
    whoami: result.structuredContent ?? null,
  });
} catch ({ name, message, code }) {
  say({ failure: { name, message, code } });
  process.exitCode = 1;
} finally {
  await client.close();
  server.close();
  server.closeAllConnections();
}
