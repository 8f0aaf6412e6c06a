// Roles that cannot be read: a group that is not loaded, a shape that nobody foresaw, a projection that leaves them out.
import mongoose from "mongoose";
import { beforeEach, describe, expect, test } from "vitest";
import { defaultRoles } from "../../src/express/person.js";
import { ADA, PASSWORD } from "../support/app.js";
import { useStartableApp } from "../support/suite.js";
import type { Visitor } from "../support/visitor.js";

const credentials = { email: ADA, password: PASSWORD };

const app = useStartableApp();
beforeEach(async () => {
  await app.connection.collection("groups").deleteMany({});
});

/** Changes Ada behind the app's back, as an administration panel does. */
async function change($set: object): Promise<void> {
  const { matchedCount } = await app.User.collection.updateOne({ email: ADA }, { $set });
  expect(matchedCount).toBe(1);
}

async function signInAda(): Promise<Visitor> {
  const ada = app.visitor();
  expect((await ada.post("/login", credentials)).json).toEqual({ signedIn: ADA });
  expect((await ada.get("/account")).status).toBe(200);
  return ada;
}

/** Refused as a mistake of the app's, at a login or with a session that is open; nobody is in. */
async function expectRefused(visitor: Visitor, asked: "login" | "request"): Promise<void> {
  app.errors.length = 0;
  const reply = await (asked === "login" ? visitor.post("/login", credentials) : visitor.get("/account"));
  expect([reply.status, reply.json]).toEqual([500, { failed: true }]);
  expect(app.errors).toMatchObject([{ code: "misconfigured" }]);
}

async function expectMustEnrol(): Promise<void> {
  const reply = await app.visitor().post("/login", credentials);
  expect([reply.status, reply.json["code"]]).toEqual([401, "enrolment_required"]);
}

const enrolmentRequired = { status: 401, json: { code: "enrolment_required" } };
const objectId = mongoose.Schema.Types.ObjectId;

function groupModel(): mongoose.Model<{ roles: string[] }> {
  const { connection } = app;
  if (connection.models["Group"]) connection.deleteModel("Group");
  const members = [objectId];
  return connection.model("Group", new mongoose.Schema({ roles: [String], members })) as never;
}

describe("the default rolesOf", () => {
  test.each([
    ["roles as a map of flags", { roles: { admin: true } }],
    ["roles as a number", { roles: 7 }],
    ["roles as a flag", { roles: true }],
    ["roles as numbers", { roles: [7] }],
    ["roles as objects", { roles: [{ name: "admin" }] }],
    ["groups as a map of flags", { groups: { admin: true } }],
    ["groups as a number", { groups: 7 }],
    ["groups as a name", { groups: "admins" }],
    ["groups as names", { groups: ["admins"] }],
    ["groups as an id", { groups: new mongoose.Types.ObjectId() }],
    ["groups as ids", { groups: [new mongoose.Types.ObjectId()] }],
    ["a group that is gone", { groups: [null] }],
    ["a group without roles", { groups: [{ name: "admins" }] }],
    ["a group whose roles are a map of flags", { groups: [{ roles: { admin: true } }] }],
    ["one group whose roles are a map of flags", { groups: { roles: { admin: true } } }],
    ["beside a role that can be read", { roles: ["editor"], groups: { roles: 7 } }],
  ])("refuses %s", (_what, user) => {
    expect(() => defaultRoles(user)).toThrow(expect.objectContaining({ code: "misconfigured" }));
  });

  test.each([
    ["nothing", {}, []],
    ["null", { roles: null, groups: null }, []],
    ["one name", { roles: "admin" }, ["admin"]],
    ["a set", { roles: new Set(["admin"]) }, ["admin"]],
    ["one group that is no list", { groups: { roles: ["admin"] } }, ["admin"]],
    ["one group with one name", { groups: { roles: "admin" } }, ["admin"]],
    ["its own and its groups'", { roles: ["a"], groups: [{ roles: ["b"] }, { roles: [] }] }, ["a", "b"]],
  ])("reads %s", (_what, user, roles) => {
    expect(defaultRoles(user)).toEqual(roles);
  });
});

describe("an administrator whose role sits in a group", () => {
  test("that is a single reference, not populated, is refused at the login", async () => {
    await app.start({ schema: (schema) => schema.add({ groups: { type: objectId, ref: "Group" } }) });
    const groups = await groupModel().create({ roles: ["admin"] });
    await app.addUser({ email: ADA, groups: groups._id } as never);
    const ada = app.visitor();
    await expectRefused(ada, "login");
    expect((await ada.get("/whoami")).json).toMatchObject({ user: null, authenticated: false });
  });

  test("that is a single reference, not populated, is refused with a session that was open before", async () => {
    await app.start({ schema: (schema) => schema.add({ groups: { type: objectId, ref: "Group" } }) });
    const groups = await groupModel().create({ roles: ["admin"] });
    await app.addUser({ email: ADA });
    const ada = await signInAda();
    await change({ groups: groups._id });
    await expectRefused(ada, "request");
  });

  test("that is a single reference, populated, must enrol", async () => {
    await app.start({
      schema(schema) {
        schema.add({ groups: { type: objectId, ref: "Group" } });
        schema.pre("findOne", function populate() {
          this.populate("groups");
        });
      },
    });
    const groups = await groupModel().create({ roles: ["admin"] });
    await app.addUser({ email: ADA });
    const ada = await signInAda();
    await change({ groups: groups._id });
    expect(await ada.get("/account")).toMatchObject(enrolmentRequired);
    await expectMustEnrol();
  });

  test("in a list of references: refused while it is not populated, must enrol where it is", async () => {
    let populates = true;
    await app.start({
      schema(schema) {
        schema.add({ groups: [{ type: objectId, ref: "Group" }] });
        schema.pre("findOne", function populate() {
          if (populates) this.populate("groups");
        });
      },
    });
    const [plain, admins] = await groupModel().create([{ roles: [] }, { roles: ["admin"] }]);
    await app.addUser({ email: ADA, groups: [plain?._id] } as never);
    const ada = await signInAda();
    await change({ groups: [plain?._id, admins?._id] });
    populates = false;
    await expectRefused(ada, "request");
    await expectRefused(app.visitor(), "login");
    populates = true;
    expect(await ada.get("/account")).toMatchObject(enrolmentRequired);
    await expectMustEnrol();
  });

  test("found by a virtual: refused while it is not populated, must enrol where it is", async () => {
    let populates = true;
    await app.start({
      schema(schema) {
        schema.virtual("groups", { ref: "Group", localField: "_id", foreignField: "members" });
        schema.pre("findOne", function populate() {
          if (populates) this.populate("groups");
        });
      },
    });
    const Group = groupModel();
    const { _id } = await app.addUser({ email: ADA });
    const ada = await signInAda();
    await Group.collection.insertOne({ roles: ["admin"], members: [_id] } as never);
    populates = false;
    await expectRefused(ada, "request");
    await expectRefused(app.visitor(), "login");
    populates = true;
    expect(await ada.get("/account")).toMatchObject(enrolmentRequired);
    await expectMustEnrol();
  });

  test("found by a virtual, of a user that is a plain object, is refused", async () => {
    let populates = true;
    await app.start({
      load: (User, id) => User.findById(id).lean(),
      schema(schema) {
        schema.virtual("groups", { ref: "Group", localField: "_id", foreignField: "members" });
        schema.pre("findOne", function populate() {
          if (populates) this.populate("groups");
        });
      },
    });
    groupModel();
    await app.addUser({ email: ADA });
    const ada = await signInAda();
    populates = false;
    await expectRefused(ada, "request");
  });
});

test("roles kept as a map of flags are refused, at the login and with an open session", async () => {
  const mixed = { type: mongoose.Schema.Types.Mixed };
  await app.start({ schema: (schema) => schema.remove("roles").add({ roles: mixed }) });
  await app.addUser({ email: ADA });
  const ada = await signInAda();
  await change({ roles: { admin: true } });
  await expectRefused(ada, "request");
  await expectRefused(app.visitor(), "login");
});

describe("a projection in deserializeUser that leaves out", () => {
  test("the field that rolesOf reads does not hide a role given after the login", async () => {
    await app.start({
      schema: (schema) => schema.add({ isAdmin: Boolean }),
      load: (User, id) => User.findById(id).select("email roles secondFactor"),
      options: { rolesOf: (user: { isAdmin?: boolean }) => (user.isAdmin ? ["admin"] : []) },
    });
    await app.addUser({ email: ADA });
    const ada = await signInAda();
    await change({ isAdmin: true });
    expect(await ada.get("/account")).toMatchObject(enrolmentRequired);
  });

  test("the same field by exclusion does not hide it either", async () => {
    await app.start({
      schema: (schema) => schema.add({ isAdmin: Boolean }),
      load: (User, id) => User.findById(id).select("-isAdmin"),
      options: { rolesOf: (user: { isAdmin?: boolean }) => (user.isAdmin ? ["admin"] : []) },
    });
    await app.addUser({ email: ADA });
    const ada = await signInAda();
    await change({ isAdmin: true });
    expect(await ada.get("/account")).toMatchObject(enrolmentRequired);
  });

  test("roles that only a discriminator has does not hide a role given after the login", async () => {
    const { connection } = app;
    if (connection.models["Staff"]) connection.deleteModel("Staff");
    await app.start({
      schema: (schema) => schema.remove("roles").set("discriminatorKey", "kind"),
      before: ({ User }) => void User.discriminator("Staff", new mongoose.Schema({ roles: [String] })),
      load: (User, id) => User.findById(id).select("email secondFactor kind"),
    });
    await app.addUser({ email: ADA, kind: "Staff" } as never);
    const ada = await signInAda();
    await change({ roles: ["admin"] });
    expect(await ada.get("/account")).toMatchObject(enrolmentRequired);
  });
});
