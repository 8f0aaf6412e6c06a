/** The shop's own users: one Mongoose model with the plugin, and the check of a password. */
import argon2 from "argon2";
import { type Connection, type HydratedDocument, type Model, Schema } from "mongoose";
import { secondFactorPlugin } from "passport-second-factor";

export interface User {
  email: string;
  name: string;
  roles: string[];
  /** Argon2id; left out of every query that does not ask for it. */
  passwordHash?: string;
}

export type UserDocument = HydratedDocument<User>;
export type Users = Model<User>;

const userSchema = new Schema<User>({
  email: { type: String, required: true, unique: true, lowercase: true, trim: true },
  name: { type: String, required: true },
  roles: [String],
  passwordHash: { type: String, select: false },
});
userSchema.plugin(secondFactorPlugin);

export function usersOf(connection: Connection): Users {
  return connection.model<User>("User", userSchema);
}

/** OWASP Password Storage Cheat Sheet, Argon2id: 19 MiB, two passes, one lane. */
const COST = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Longer ones are refused: hashing a megabyte is work that anybody could order. */
const MAX_PASSWORD = 200;
const MAX_EMAIL = 254;

export function hashPassword(password: string): Promise<string> {
  return argon2.hash(password, COST);
}

let dummy: Promise<string> | undefined;

/** What a password is compared with where there is no user: an unknown address takes as long as a known one. */
function dummyHash(): Promise<string> {
  dummy ??= hashPassword("nobody has this password");
  return dummy;
}

/** The user with this address and password; false for anybody else, and for anything that is not text. */
export async function verifyPassword(
  users: Users,
  email: unknown,
  password: unknown,
): Promise<UserDocument | false> {
  if (!isText(email, MAX_EMAIL) || !isText(password, MAX_PASSWORD)) return false;
  const user = await users.findOne({ email: email.trim().toLowerCase() }).select("+passwordHash");
  const matches = await argon2.verify(user?.passwordHash ?? (await dummyHash()), password);
  return user?.passwordHash && matches ? user : false;
}

function isText(value: unknown, most: number): value is string {
  return typeof value === "string" && value !== "" && value.length <= most;
}
