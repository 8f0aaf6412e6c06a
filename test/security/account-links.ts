// What the tests of mailed links share: the link in a mail, and everything that is no link.
import type { Outbox } from "passport-second-factor";
import { expect, vi } from "vitest";
import type { TestApp } from "../support/app.js";
import type { Reply, Visitor } from "../support/visitor.js";

export type Use = "welcome" | "reset" | "stop" | "unlock";

/** The address of the newest link of a use that was mailed, as a path of the app. */
export async function mailedLink(outbox: Outbox, use: Use, to?: string): Promise<string> {
  const found = await vi.waitFor(() => {
    const mails = outbox.messages().filter((mail) => to === undefined || mail.to === to);
    const urls = mails.flatMap(({ text }) => text.match(/https?:\/\/\S+/g) ?? []);
    const url = urls.find((each) => each.includes(`/${use}/`));
    if (!url) throw new Error(`no ${use} link was mailed`);
    return url;
  });
  const { origin, pathname } = new URL(found);
  expect(origin).toBe("https://acme.test");
  return pathname;
}

export function expectDead(reply: Reply): void {
  expect([reply.status, reply.json["code"]]).toEqual([410, "link_expired"]);
}

/** The same link with something wrong with it; none of them may do anything, and none may be a 500. */
export async function brokenLinks(app: TestApp, path: string, other: string): Promise<[string, string][]> {
  const [, use = "", user = "", secret = ""] = /\/(\w+)\/([\w-]+)\.([\w-]+)$/.exec(path) ?? [];
  const at = (token: string) => `/second-factor/${use}/${token}`;
  const id = async (email: string) => String((await app.User.findOne({ email }))?._id);
  const encoded = (text: string) => Buffer.from(text).toString("base64url");
  const uses = ["stop", "unlock"].filter((each) => each !== use);
  return [
    ["somebody else's id", at(`${encoded(await id(other))}.${secret}`)],
    ["nobody's id", at(`${encoded("0123456789abcdef01234567")}.${secret}`)],
    ["an id that is none", at(`${encoded('{"$ne":null}')}.${secret}`)],
    ["bytes that are no text", at(`_____w.${secret}`)],
    ["no secret", at(user)],
    ["a truncated one", path.slice(0, -1)],
    ["a longer one", `${path}A`],
    ["an oversized one", at(`${"A".repeat(4000)}.${secret}`)],
    ["another secret", at(`${user}.${secret.split("").reverse().join("")}`)],
    ["an operator", at("[$ne]")],
    ["an empty one", at("%20")],
    ...uses.map((each): [string, string] => [`as ${each}`, path.replace(`/${use}/`, `/${each}/`)]),
  ];
}

/** Whatever opens links to look at them: by GET and HEAD, as a page and as data. */
export async function scan(visitor: Visitor, path: string): Promise<number[]> {
  const replies = [
    await visitor.get(path),
    await visitor.page(path),
    await visitor.ask(path, { method: "HEAD" }),
    await visitor.ask(path, { method: "HEAD", headers: { accept: "text/html" } }),
  ];
  return replies.map(({ status }) => status);
}
