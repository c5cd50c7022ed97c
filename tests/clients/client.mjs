// Client: what an agent does in its first minute, with the official TypeScript SDK.
//
//     node client.mjs ENDPOINT KEY [auto | legacy | REVISION] [MISSPELT NAME]
//
// Prints one JSON line: what was negotiated, the tools, and each call's answer in order.

import { randomUUID } from "node:crypto";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

const [endpoint, key, mode = "auto", misspelt = "boulangeri dupon"] = process.argv.slice(2);
const known = mode === "auto" || mode === "legacy";

const client = new Client(
  { name: "eyeot-test-client", version: "1.0.0" },
  { versionNegotiation: { mode: known ? mode : { pin: mode } } },
);
const transport = new StreamableHTTPClientTransport(new URL(endpoint), {
  requestInit: { headers: { Authorization: `Bearer ${key}` } },
});

async function tools() {
  const found = [];
  let cursor;
  do {
    const page = await client.listTools(cursor ? { cursor } : undefined);
    found.push(...page.tools);
    cursor = page.nextCursor;
  } while (cursor);
  return found.map((tool) => tool.name);
}

async function call(name, args) {
  const result = await client.callTool({ name, arguments: args });
  const text = result.content?.find((part) => part.type === "text")?.text;
  return { isError: result.isError ?? false, structured: result.structuredContent ?? null, text };
}

async function story() {
  await client.connect(transport);
  const told = {
    era: client.getProtocolEra(),
    version: client.getNegotiatedProtocolVersion(),
    server: client.getServerVersion(),
    tools: await tools(),
  };
  const customer = { name: `Atelier ${randomUUID().slice(0, 8)}`, emails: ["contact@atelier.example"] };
  told.search = await call("search", { query: misspelt });
  told.preview = await call("create_customer", { ...customer, dry_run: true });
  told.created = await call("create_customer", customer);
  const { id } = told.created.structured ?? JSON.parse(told.created.text);
  told.updated = await call("update_customer", { id, emails: ["bonjour@atelier.example"] });
  told.fetched = await call("get_customer", { id });
  told.refused = await call("get_customer", { id: "lead_01h455vb4pex5vsknk084sn02q" });
  return told;
}

try {
  console.log(JSON.stringify(await story()));
} catch (failure) {
  const { name, message, code, data } = failure;
  console.log(JSON.stringify({ failure: { name, message, code, data } }));
  process.exitCode = 1;
} finally {
  await client.close();
}
