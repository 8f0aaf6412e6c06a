// How people stand, and whom a name means.
import { describe, expect, test } from "vitest";
import { personFor } from "../../src/cli/person.js";
import { status } from "../../src/cli/status.js";
import { TOTP_SECRET } from "../support/app.js";
import { appOf, type FakeUser, fakeTerminal } from "./fake-terminal.js";

const TOM: FakeUser = { id: "7", email: "tom@acme.test", roles: ["admin"] };
const ADA: FakeUser = { id: "8", email: "ada@acme.test" };
const IVY: FakeUser = { id: "9", email: "ivy@acme.test", roles: ["admin"] };

async function said(
  { secondFactor }: ReturnType<typeof appOf>,
  command: Omit<Parameters<typeof status>[2], "name"> = {},
) {
  const terminal = fakeTerminal();
  await status(terminal, secondFactor, { name: "status", ...command });
  return terminal.out();
}

describe("everybody", () => {
  test("is counted, and the keys are named", async () => {
    const app = appOf([TOM, ADA, IVY]);
    await app.secondFactor.importTotp(TOM, TOTP_SECRET);
    expect(await said(app)).toBe(
      [
        "People       3",
        "On           1",
        "Not set up   2",
        "Must set up  1",
        "In grace     0",
        "Locked       0",
        "Keys         new-key seals",
        "             old-key only opens; rotate-keys, then drop it",
        "",
      ].join("\n"),
    );
    expect(JSON.parse(await said(app, { json: true }))).toMatchObject({
      people: 3,
      "must-set-up": 1,
      keys: { first: "new-key", others: ["old-key"] },
    });
  });
});

describe("one person", () => {
  test("is told of in lines, with no secret", async () => {
    const app = appOf([TOM]);
    await app.secondFactor.importTotp(TOM, TOTP_SECRET);
    const text = await said(app, { user: "7" });
    expect(text).toBe(
      [
        "Account  tom@acme.test",
        "Id       7",
        "Roles    admin",
        "Has      authenticator app",
        "Policy   required",
        "Stands   on",
        "Ways     authenticator app, since 2026-01-01 12:00 UTC",
        "",
      ].join("\n"),
    );
    expect(JSON.parse(await said(app, { user: "7", json: true }))).toMatchObject({ id: "7", coverage: "on" });
  });

  test.each<[string, FakeUser, string]>([
    ["need not", ADA, "off, and need not have one"],
    ["must", IVY, "has to set one up at the next login"],
  ])("who %s", async (_, user, words) => {
    expect(await said(appOf([user]), { user: user.id })).toContain(words);
  });

  test("whose name is meant for the terminal moves nothing in it", async () => {
    const text = await said(appOf([{ id: "7", email: "\u001b[2Jtom\r\n\u202e" }]), { user: "7" });
    expect(text).toContain("Account  ?[2Jtom???\n");
  });
});

describe("whom a name means", () => {
  const find = (users: readonly FakeUser[], typed: string) =>
    personFor(appOf(users).secondFactor.admin, typed);

  test("an id, or else an account, exactly", async () => {
    expect(await find([TOM, ADA], "8")).toMatchObject({ account: "ada@acme.test" });
    expect(await find([TOM, ADA], "ada@acme.test")).toMatchObject({ id: "8" });
    expect(await find([TOM, { id: "9", email: "7" }], "7")).toMatchObject({ account: "tom@acme.test" });
  });

  test("however many only hold the text", async () => {
    const others = Array.from({ length: 60 }, (_, i) => ({ id: `a${i}`, email: `not-tom@acme.test.${i}` }));
    expect(await find([...others, TOM], "tom@acme.test")).toMatchObject({ id: "7" });
  });

  test("nobody: those whose names hold it are shown", async () => {
    await expect(find([TOM, ADA], "tom")).rejects.toThrow(
      'nobody has the id or the account "tom"\n  7  tom@acme.test',
    );
    await expect(find([TOM, ADA], "")).rejects.toThrow("nobody has");
  });

  test("several: each id is shown, and none is chosen", async () => {
    await expect(find([TOM, { ...TOM, id: "77" }], "tom@acme.test")).rejects.toThrow(
      '2 people are called "tom@acme.test": give the id of one\n  7  tom@acme.test\n  77  tom@acme.test',
    );
  });
});
