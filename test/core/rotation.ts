// What the tests of a change of keys share: apps whose keys differ on one store, and people to go through.
import { createCodeHasher } from "../../src/core/code-hash.js";
import { type Actor, beginEnrolment } from "../../src/core/enrolment.js";
import type { PendingEnrolment } from "../../src/core/model.js";
import { createSealer, type Key, secretContext } from "../../src/core/sealing.js";
import type { SecondFactorStore } from "../../src/core/store.js";
import { memoryStore } from "../../src/stores/memory-store.js";
import { authenticator } from "../../src/testing/index.js";
import { KEY, newPerson, OTHER_KEY, type Person, random } from "./person.js";

type Parts = Person["parts"];

function withKeys(parts: Parts, keys: readonly Key[]): Parts {
  const secrets = { sealer: createSealer(keys, random), codes: createCodeHasher(keys) };
  return { ...parts, tools: { ...parts.tools, ...secrets } };
}

/** The app once the new key is first; and once the old one is gone. */
export const bothKeys = (parts: Parts) => withKeys(parts, [OTHER_KEY, KEY]);
export const newKeyOnly = (parts: Parts) => withKeys(parts, [OTHER_KEY]);

/** The same parts on a store of which some verbs are others. */
export function withVerbs(parts: Parts, verbs: Partial<SecondFactorStore>): Parts {
  return { ...parts, store: { ...parts.store, ...verbs } };
}

/** Of an enrolment under a key that nobody has. */
export const LOST: PendingEnrolment = {
  id: "e-lost",
  secret: "v1.lost.c2VjcmV0",
  createdAt: new Date(0),
  expiresAt: new Date(0),
  login: "",
  first: false,
};

/** So many people with an authenticator app each. */
export async function people(count: number) {
  const { parts } = newPerson();
  const store = memoryStore(Array.from({ length: count }, (_, i) => ({ id: `user-${i}` })));
  for (let i = 0; i < count; i++) {
    const context = secretContext(`user-${i}`, "totp", "e1");
    const secret = parts.tools.sealer.seal(Buffer.from(`secret ${i}`), context);
    await store.importEnrolment({ id: `user-${i}` }, "totp", { ...LOST, id: "e1", secret });
  }
  return { ...parts, store };
}

const ACTOR: Actor = { login: "login-1", account: "anna" };

/** Anna, who has scanned a QR code and not typed the first code yet. */
export async function enrolling() {
  const person = newPerson();
  const begun = await beginEnrolment(person.parts, person.ref, "totp", ACTOR);
  if (!begun.ok || !("uri" in begun.offer)) throw new Error("not begun");
  const app = authenticator(String(begun.offer.uri), person.clock);
  const firstCode = async () => {
    const code = await app.code();
    return { kind: "totp", login: "login-1", budget: "signedIn", closesLogin: false, code } as const;
  };
  return { ...person, firstCode };
}
