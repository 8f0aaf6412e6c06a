/** Accounts to try the shop with. Only ever made in test mode: everybody knows their password. */
import type { SecondFactor } from "passport-second-factor";
import { hashPassword, type UserDocument, type Users } from "./users.js";

export const DEMO_PASSWORD = "demo-password-2026";

/** Of tom's authenticator app. */
export const DEMO_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

export interface DemoAccount {
  email: string;
  name: string;
  roles: readonly string[];
  /** Base32, where an authenticator app is paired already. */
  secret?: string;
  /** What it is good for, in a few words. */
  note: string;
}

export const DEMO_ACCOUNTS: readonly DemoAccount[] = [
  { email: "ada@acme.test", name: "Ada", roles: [], note: "nothing set up; turn it on under Account" },
  {
    email: "tom@acme.test",
    name: "Tom",
    roles: [],
    secret: DEMO_SECRET,
    note: `authenticator app, setup key ${DEMO_SECRET}`,
  },
  {
    email: "root@acme.test",
    name: "Root",
    roles: ["admin"],
    note: "must set one up before anything opens",
  },
];

/** Makes the accounts that are missing, and leaves those that are there as they are; tells which are new. */
export async function seed(users: Users, secondFactor: SecondFactor): Promise<string[]> {
  await users.init();
  const made: string[] = [];
  for (const account of DEMO_ACCOUNTS) {
    const user = await create(users, account);
    if (!user) continue;
    if (account.secret) await secondFactor.importTotp(user, account.secret);
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
