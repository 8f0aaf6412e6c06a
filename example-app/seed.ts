/** Accounts to try the shop with. Only ever made in test mode: everybody knows their password. */
import type { FactorKind, SecondFactor } from "passport-second-factor";
import { hashPassword, type UserDocument, type Users } from "./users.js";

export const DEMO_PASSWORD = "demo-password-2026";

/** Of tom's authenticator app. */
export const DEMO_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

/** Of sam's phone; a number for fiction. */
export const DEMO_PHONE = "+14155550123";

export interface DemoAccount {
  email: string;
  name: string;
  roles: readonly string[];
  /** A second factor that is set up already: an app's key in base32, an address, or a number in E.164. */
  has?: { kind: keyof typeof IMPORT; text: string };
  /** What it is good for, in a few words. */
  note: string;
}

const IMPORT = { totp: "importTotp", email: "importEmail", sms: "importPhone" } as const;

export const DEMO_ACCOUNTS: readonly DemoAccount[] = [
  { email: "ada@acme.test", name: "Ada", roles: [], note: "nothing set up; turn it on under Account" },
  {
    email: "tom@acme.test",
    name: "Tom",
    roles: [],
    has: { kind: "totp", text: DEMO_SECRET },
    note: `authenticator app, setup key ${DEMO_SECRET}`,
  },
  {
    email: "eve@acme.test",
    name: "Eve",
    roles: [],
    has: { kind: "email", text: "eve@acme.test" },
    note: "codes by e-mail to eve@acme.test",
  },
  {
    email: "sam@acme.test",
    name: "Sam",
    roles: [],
    has: { kind: "sms", text: DEMO_PHONE },
    note: `codes by text message to ${DEMO_PHONE}`,
  },
  {
    email: "root@acme.test",
    name: "Root",
    roles: ["admin"],
    note: "must set one up before anything opens",
  },
];

/** The accounts for a shop that offers these factors: nobody has one that it does not. */
export function accountsFor(kinds: readonly FactorKind[]): readonly DemoAccount[] {
  return DEMO_ACCOUNTS.filter(({ has }) => !has || kinds.includes(has.kind));
}

interface Seeded {
  users: Users;
  secondFactor: SecondFactor;
  /** The factors that are offered. */
  kinds: readonly FactorKind[];
}

/** Makes the accounts that are missing, and leaves those that are there as they are; tells which are new. */
export async function seed({ users, secondFactor, kinds }: Seeded): Promise<string[]> {
  await users.init();
  const made: string[] = [];
  for (const account of accountsFor(kinds)) {
    const user = await create(users, account);
    if (!user) continue;
    const { has } = account;
    if (has) await secondFactor[IMPORT[has.kind]](user, has.text);
    made.push(account.email);
  }
  return made;
}

/** Undefined where somebody has that address already, or another process was faster. */
async function create(users: Users, { email, name, roles }: DemoAccount): Promise<UserDocument | undefined> {
  if (await users.exists({ email })) return undefined;
  const passwordHash = await hashPassword(DEMO_PASSWORD);
  try {
    return await users.create({ email, name, roles: [...roles], passwordHash });
  } catch (error) {
    if ((error as { code?: unknown }).code === DUPLICATE_KEY) return undefined;
    throw error;
  }
}

const DUPLICATE_KEY = 11_000;
