/** The shop's own users, one Mongoose model with the plugin; the groups they are in; and the check of a password. */
import argon2 from "argon2";
import { type Connection, type HydratedDocument, type Model, Schema } from "mongoose";
import { secondFactorPlugin } from "passport-second-factor";

/** People who have roles in common. */
export interface Group {
  name: string;
  roles: string[];
}

export type Groups = Model<Group>;

const groupSchema = new Schema<Group>({
  name: { type: String, required: true, unique: true },
  roles: [String],
});

export interface User {
  email: string;
  name: string;
  roles: string[];
  /** Loaded with the user wherever roles matter: a group's roles are theirs too. */
  groups: Group[];
  /** Argon2id; left out of every query that does not ask for it. */
  passwordHash?: string;
}

export type UserDocument = HydratedDocument<User>;
export type Users = Model<User>;

const userSchema = new Schema<User>({
  email: { type: String, required: true, unique: true, lowercase: true, trim: true },
  name: { type: String, required: true },
  roles: [String],
  groups: [{ type: Schema.Types.ObjectId, ref: "Group" }],
  passwordHash: { type: String, select: false },
});
userSchema.plugin(secondFactorPlugin);

export function usersOf(connection: Connection): Users {
  groupsOf(connection);
  return connection.model<User>("User", userSchema);
}

export function groupsOf(connection: Connection): Groups {
  return connection.model<Group>("Group", groupSchema);
}

/** A user by id, with their groups. */
export function loadUser(users: Users, id: unknown): Promise<UserDocument | null> {
  return users.findById(id).populate<Pick<User, "groups">>("groups").exec() as Promise<UserDocument | null>;
}

/** Their own roles, and those of their groups, each once. */
export function rolesOf({ roles, groups }: Pick<User, "roles" | "groups">): string[] {
  return [...new Set([...roles, ...groups.flatMap((group) => group.roles)])];
}

/** OWASP Password Storage Cheat Sheet, Argon2id: 19 MiB, two passes, one lane. */
const COST = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Longer ones are refused: hashing a megabyte is work that anybody could order. */
export const MAX_PASSWORD = 200;
export const MAX_EMAIL = 254;

export function hashPassword(password: string): Promise<string> {
  return argon2.hash(password, COST);
}

let dummy: Promise<string> | undefined;

/** What a password is compared with where there is no user: an unknown address takes as long as a known one. */
function dummyHash(): Promise<string> {
  dummy ??= hashPassword("nobody has this password");
  return dummy;
}

/** Whether that is their password; the hash is not on users that were loaded in the usual way. */
export async function isPasswordOf(users: Users, { _id }: UserDocument, password: string): Promise<boolean> {
  const { passwordHash } = (await users.findById(_id).select("+passwordHash")) ?? {};
  const matches = await argon2.verify(passwordHash ?? (await dummyHash()), password);
  return passwordHash !== undefined && matches;
}

/** The user with this address, with their groups. */
export async function userByEmail(users: Users, email: unknown): Promise<UserDocument | null> {
  if (!isText(email, MAX_EMAIL)) return null;
  const found = await users.findOne({ email: email.trim().toLowerCase() });
  return found ? found.populate("groups") : null;
}

function isText(value: unknown, most: number): value is string {
  return typeof value === "string" && value !== "" && value.length <= most;
}

/** Whether a write failed because somebody, or another process, was there before. */
export function isDuplicate(error: unknown): boolean {
  return (error as { code?: unknown }).code === DUPLICATE_KEY;
}

const DUPLICATE_KEY = 11_000;
