// Fresh collections of one test file's database, as MongoDB's own driver sees them.
import { randomBytes } from "node:crypto";
import type mongoose from "mongoose";
import { afterAll, beforeAll } from "vitest";
import { type TestDatabase, testDatabase } from "../../support/database.js";

export type Doc = mongoose.mongo.Document;
export type Collection = mongoose.mongo.Collection<Doc>;
export type Filter = mongoose.mongo.Filter<Doc>;
export type Update = Doc;

/** Opens a database around the tests of a file; each call of `collection` gives one nobody has used. */
export function collections() {
  let database: TestDatabase | undefined;
  let db: mongoose.mongo.Db | undefined;
  beforeAll(async () => {
    database = await testDatabase();
    db = (await database.connect()).getClient().db();
  });
  afterAll(() => database?.close());
  return {
    db: () => db!,
    database: () => database!,
    collection: async (...docs: readonly Doc[]): Promise<Collection> => {
      const collection = db!.collection<Doc>(`c_${randomBytes(6).toString("hex")}`);
      if (docs.length > 0) await collection.insertMany(docs.map((doc) => ({ ...doc })) as never);
      return collection;
    },
  };
}

/** `{ code }` of MongoDB's error, or the answer where there was no error. */
export const codeOf = (action: Promise<unknown>): Promise<unknown> =>
  action.catch(({ code }: { code?: unknown }) => ({ code }));
