import express from "express";
import { expect, test } from "vitest";
import { askLinkRoutes } from "../../src/account/ask-link.js";
import type { Account } from "../../src/account/parts.js";
import { passwordRoutes } from "../../src/account/password-routes.js";
import { useLinkRoutes } from "../../src/account/use-link.js";
import { adminPeopleRoutes } from "../../src/express/admin-people-routes.js";
import { browserRoutes } from "../../src/express/browser-routes.js";
import { challengeRoutes } from "../../src/express/challenge-routes.js";
import { enrolmentRoutes } from "../../src/express/enrolment-routes.js";
import { historyRoutes } from "../../src/express/history-routes.js";
import { linkRoutes } from "../../src/express/link-routes.js";
import { OPERATIONS } from "../../src/express/openapi.js";
import { ownFactorRoutes } from "../../src/express/own-factor-routes.js";
import { policyRoutes } from "../../src/express/policy-routes.js";
import type { Runtime } from "../../src/express/runtime.js";
import { sessionRoutes } from "../../src/express/session-routes.js";
import { startApp } from "../support/app.js";
import { testDatabase } from "../support/database.js";

/** "GET /enrol/{factor}" for each route that the router answers. */
function registered(): string[] {
  const router = express.Router();
  const runtime = {} as Runtime;
  const own = [
    browserRoutes,
    challengeRoutes,
    enrolmentRoutes,
    historyRoutes,
    linkRoutes,
    ownFactorRoutes,
    sessionRoutes,
  ];
  for (const routes of [...own, policyRoutes, adminPeopleRoutes]) routes(runtime, router);
  const account = { runtime, links: { selfReset: "off" } } as Account;
  for (const routes of [passwordRoutes, askLinkRoutes, useLinkRoutes]) routes(account, router);
  return router.stack.flatMap(({ route }) => {
    const { path, methods } = route as unknown as { path: string; methods: Record<string, boolean> };
    return Object.keys(methods).map((method) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`);
  });
}

test("the contract names every route, and no other", () => {
  const named = Object.entries(OPERATIONS).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  const assets = ["get /assets/{name}", "get /openapi.json"];
  expect(named.sort()).toEqual([...registered(), ...assets].sort());
});

test("the contract is served to anybody, with the schemas that validate", async () => {
  const database = await testDatabase();
  const app = await startApp({ connection: await database.connect() });
  const reply = await app.visitor().get("/second-factor/openapi.json");
  await app.close();
  await database.close();
  expect(reply.json).toMatchObject({ openapi: "3.1.0", servers: [{ url: "/second-factor" }] });
  const paths = reply.json["paths"] as Record<string, { post: { requestBody: object; responses: object } }>;
  expect(paths["/challenge/verify"]?.post.requestBody).toMatchObject({
    content: { "application/json": { schema: { required: ["code"] } } },
  });
  expect(Object.keys(paths["/challenge/verify"]?.post.responses ?? {})).toEqual(
    expect.arrayContaining(["200", "400", "401", "403", "410", "415", "429", "503"]),
  );
});
