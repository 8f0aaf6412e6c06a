// Somebody crafts a link that, after a sign-in on our pages, ends on a page of theirs.
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { localPath } from "../../src/express/return-address.js";
import { nextCode, PASSWORD, TOM, TOTP_SECRET, VERIFY } from "../support/app.js";
import { useApp } from "../support/suite.js";
import type { Visitor } from "../support/visitor.js";

const SITES = ["https://acme.test", "http://acme.test:8080", "https://acme.test/deep/page"];

/** Whatever leaves the site, in the spellings that browsers read as one. */
const LEAVING = [
  "//evil.test",
  "///evil.test",
  "////evil.test",
  "/\\evil.test",
  "\\/evil.test",
  "\\\\evil.test",
  "/\\/evil.test",
  "/.//evil.test",
  "/..//evil.test",
  "/a/..//evil.test",
  "/%2e//evil.test",
  "/%2e%2e//evil.test",
  "/\t/evil.test",
  "/\n/evil.test",
  "/\r\n/evil.test",
  "\t//evil.test",
  " //evil.test",
  "/\t\\evil.test",
  "//user@evil.test",
  "//acme.test@evil.test",
  "//evil.test:443",
  "http://evil.test",
  "https:evil.test",
  "HTTPS://evil.test",
  "javascript:alert(1)",
  "java\tscript:alert(1)",
  "data:text/html,x",
  "",
];

/** Where a browser on the site goes that is sent there. */
function lands(path: string, site: string): string {
  return new URL(path, site).origin;
}

describe("a return address is a path of this site", () => {
  test.each(LEAVING)("%j becomes /", (address) => {
    expect(localPath(address)).toBe("/");
  });

  test.each([
    "/",
    "/account",
    "/a/b?c=d#e",
    "/search?next=//evil.test",
    "/%2f/evil.test",
    "/a//b",
    "/:80",
    "/@evil.test",
  ])("%j stays as it is", (address) => {
    expect(localPath(address)).toBe(address);
    for (const site of SITES) expect(lands(address, site)).toBe(new URL(site).origin);
  });

  test.each([undefined, null, 7, {}, ["/account"], { toString: () => "/account" }])(
    "%j is none",
    (address) => {
      expect(localPath(address)).toBe("/");
    },
  );

  test("however it is spelled, a browser stays on the site", () => {
    const pieces = fc.constantFrom(
      "/",
      "\\",
      "//",
      ".",
      "..",
      "%2e",
      "%2f",
      "%5c",
      "\t",
      "\n",
      "\r",
      " ",
      "@",
      ":",
      "?",
      "#",
      "evil.test",
      "http:",
      "\u0000",
      "／",
      "。",
      "a",
    );
    const addresses = fc.oneof(
      fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join("")),
      fc.array(pieces, { maxLength: 12 }).map((parts) => `/${parts.join("")}`),
      fc.webUrl({ withQueryParameters: true, withFragments: true }),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(addresses, fc.constantFrom(...SITES), (address, site) => {
        const path = localPath(address);
        expect(path.startsWith("/")).toBe(true);
        expect(path).not.toMatch(/^\/[/\\]|[\r\n\t\\]/);
        expect(lands(path, site)).toBe(new URL(site).origin);
        // Once more, as a proxy or a page that reads it would: still the same site.
        expect(localPath(path)).toBe(path);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("attack 39: after a login", () => {
  const app = useApp(() => ({
    options: { open: ["/remember"] },
    routes: ({ app: express }) => {
      express.post("/remember", (req, res) => {
        req.session.returnTo = req.body.returnTo;
        res.json({});
      });
    },
  }));
  beforeEach(async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
  });

  async function pending(): Promise<Visitor> {
    const tom = app.visitor();
    await tom.form("/login", { email: TOM, password: PASSWORD });
    return tom;
  }

  test("the page that was asked for while pending is where it goes on", async () => {
    const tom = await pending();
    await tom.page("/account?tab=2");
    expect((await tom.form(VERIFY, { code: await nextCode(app) })).location).toBe("/account?tab=2");
  });

  test("a POST, a JSON request or an image asked for meanwhile is not", async () => {
    const tom = await pending();
    await tom.page("/account?tab=2");
    await tom.form("/account/delete");
    await tom.get("/api/poll");
    await tom.ask("/favicon.ico", { headers: { accept: "image/*", "sec-fetch-mode": "no-cors" } });
    expect((await tom.form(VERIFY, { code: await nextCode(app) })).location).toBe("/account?tab=2");
  });

  test.each(["returnTo", "next", "redirect", "url"])("%s in the request names no place", async (name) => {
    const tom = await pending();
    const query = new URLSearchParams({ [name]: "https://evil.test" });
    const reply = await tom.form(`${VERIFY}?${query}`, {
      code: await nextCode(app),
      [name]: "https://evil.test",
    });
    expect([reply.status, reply.location]).toEqual([303, "/"]);
  });

  test.each(["//evil.test/", "/\\evil.test", "https://evil.test/", "javascript:alert(1)"])(
    "%s in the kept session.returnTo, as a guard that keeps originalUrl would leave it, does not leave the site",
    async (returnTo) => {
      const tom = app.visitor();
      await tom.post("/remember", { returnTo });
      await tom.post("/login/keep", { email: TOM, password: PASSWORD });
      const reply = await tom.form(VERIFY, { code: await nextCode(app) });
      expect(reply.status).toBe(303);
      expect(new URL(reply.headers.get("location") ?? "", app.url).origin).toBe(app.url);
    },
  );

  test("the site's own origin in session.returnTo is honoured", async () => {
    const tom = app.visitor();
    await tom.post("/remember", { returnTo: "https://acme.test/orders?page=2" });
    await tom.post("/login/keep", { email: TOM, password: PASSWORD });
    const { json } = await tom.post(VERIFY, { code: await nextCode(app) });
    expect(json["returnTo"]).toBe("https://acme.test/orders?page=2");
  });
});
