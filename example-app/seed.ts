/** Accounts to try the shop with. Only ever made in test mode: everybody knows their password. */
import type { FactorKind, SecondFactor } from "passport-second-factor";
import { type Groups, groupsOf, hashPassword, isDuplicate, type UserDocument, type Users } from "./users.js";

export const DEMO_PASSWORD = "demo-password-2026";

/** Of tom's authenticator app. */
export const DEMO_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

/** Of sam's phone; a number for fiction. */
export const DEMO_PHONE = "+14155550123";

/** Groups, each with the roles that its members have by it. */
const DEMO_GROUPS = { Warehouse: ["staff"] } as const;

export interface DemoAccount {
  email: string;
  name: string;
  roles: readonly string[];
  /** The name of a group they are in, see {@link DEMO_GROUPS}. */
  group?: keyof typeof DEMO_GROUPS;
  /** A second factor that is set up already: an app's key in base32, an address, or a number in E.164. */
  has?: { kind: keyof typeof IMPORT; text: string };
  /** Has no password yet. */
  isNew?: true;
  /** What it is good for, in a few words. */
  note: string;
}

const IMPORT = { totp: "importTotp", email: "importEmail", sms: "importPhone" } as const;

export const DEMO_ACCOUNTS: readonly DemoAccount[] = [
  {
    email: "ada@acme.test",
    name: "Ada",
    roles: ["customer"],
    note: "nothing set up; turn it on under Account",
  },
  {
    email: "tom@acme.test",
    name: "Tom",
    roles: ["customer"],
    has: { kind: "totp", text: DEMO_SECRET },
    note: `authenticator app, setup key ${DEMO_SECRET}`,
  },
  {
    email: "eve@acme.test",
    name: "Eve",
    roles: ["customer"],
    has: { kind: "email", text: "eve@acme.test" },
    note: "codes by e-mail to eve@acme.test",
  },
  {
    email: "sam@acme.test",
    name: "Sam",
    roles: ["customer"],
    has: { kind: "sms", text: DEMO_PHONE },
    note: `codes by text message to ${DEMO_PHONE}`,
  },
  { email: "vic@acme.test", name: "Vic", roles: ["vendor"], note: "a vendor, with nothing set up" },
  {
    email: "gus@acme.test",
    name: "Gus",
    roles: ["customer"],
    group: "Warehouse",
    note: "staff by the group Warehouse, with nothing set up",
  },
  {
    email: "ines@acme.test",
    name: "Ines",
    roles: ["customer"],
    isNew: true,
    note: "starts today, with no password yet; see First login",
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
  await Promise.all([users.init(), groupsOf(users.db).init()]);
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
async function create(users: Users, account: DemoAccount): Promise<UserDocument | undefined> {
  const { email, name, roles, group, isNew } = account;
  if (await users.exists({ email })) return undefined;
  const password = isNew ? {} : { passwordHash: await hashPassword(DEMO_PASSWORD) };
  const groups = group ? [await groupNamed(groupsOf(users.db), group)] : [];
  try {
    return await users.create({ email, name, roles: [...roles], groups, ...password });
  } catch (error) {
    if (isDuplicate(error)) return undefined;
    throw error;
  }
}

/** The group of that name, made where there is none. */
async function groupNamed(groups: Groups, name: keyof typeof DEMO_GROUPS) {
  const found = await groups.findOne({ name });
  if (found) return found;
  try {
    return await groups.create({ name, roles: [...DEMO_GROUPS[name]] });
  } catch (error) {
    const other = isDuplicate(error) ? await groups.findOne({ name }) : null;
    if (other) return other;
    throw error;
  }
}
