import { describe, expect, test } from "vitest";
import type { Message } from "../../src/core/delivery.js";
import { createOutbox } from "../../src/delivery/outbox.js";

const FROM = "Acme <no-reply@acme.test>";
const AT = new Date("2026-11-20T14:32:10Z");
const message = (to: string, more: Partial<Message> = {}): Message => ({
  to,
  text: `a code for ${to}`,
  reference: to,
  at: AT,
  ...more,
});

describe("an outbox", () => {
  test("keeps mail and text messages as they would be read, newest first", async () => {
    const outbox = createOutbox();
    await outbox.mail({ from: FROM }).send(message("tom@acme.test", { subject: "Your code", html: "<p>" }));
    await outbox.sms().send(message("+15005550006"));
    expect(outbox.messages()).toEqual([
      { to: "+15005550006", channel: "sms", subject: "", text: "a code for +15005550006", sentAt: AT },
      {
        to: "tom@acme.test",
        channel: "email",
        subject: "Your code",
        text: "a code for tom@acme.test",
        sentAt: AT,
      },
    ]);
  });

  test("is empty at first, and shares nothing with another one", async () => {
    const outbox = createOutbox();
    await createOutbox().sms().send(message("+15005550006"));
    expect(outbox.messages()).toEqual([]);
  });

  test("keeps a hundred messages, the newest", async () => {
    const outbox = createOutbox();
    const sms = outbox.sms();
    for (let number = 1; number <= 101; number += 1) await sms.send(message(String(number)));
    const kept = outbox.messages().map(({ to }) => to);
    expect(kept).toHaveLength(100);
    expect([kept[0], kept[99]]).toEqual(["101", "2"]);
  });

  test("keeps as many as it is told, over both kinds", async () => {
    const outbox = createOutbox({ limit: 2 });
    const mail = outbox.mail({ from: FROM });
    for (const to of ["a@x.test", "b@x.test"]) await mail.send(message(to));
    await outbox.sms().send(message("+15005550006"));
    expect(outbox.messages().map(({ to }) => to)).toEqual(["+15005550006", "b@x.test"]);
  });

  test("gives out copies: whoever reads it cannot change it", async () => {
    const outbox = createOutbox();
    await outbox.sms().send(message("+15005550006"));
    const [first] = outbox.messages();
    if (first) first.text = "changed";
    outbox.messages().pop();
    expect(outbox.messages()).toMatchObject([{ text: "a code for +15005550006" }]);
  });

  test("marks what it takes as kept, not sent", () => {
    const outbox = createOutbox();
    expect(outbox.mail({ from: FROM })).toMatchObject({
      channel: "email",
      isTest: true,
      sender: "no-reply@acme.test",
    });
    expect(outbox.sms()).toMatchObject({ channel: "sms", isTest: true });
    expect(outbox.sms().sender).toBeUndefined();
  });

  test.each([0, -1, 1.5, Number.NaN])("of %d messages is refused", (limit) => {
    expect(() => createOutbox({ limit })).toThrow("createOutbox({ limit })");
  });

  test("refuses the senders that sending would refuse", () => {
    expect(() => createOutbox().mail({ from: "Acme" })).toThrow('such as "Acme <no-reply@acme.test>"');
  });
});
