// Measures whether the time that "First time here?" and "Reset your password" take tells whose an address is.
// Not part of the suite: `npm run bench:timing`. A p below 0.01 is worth a second run, and twice in a row a bug.
import { createOutbox } from "passport-second-factor";
import { withAccount } from "../support/account.js";
import { type AppOptions, startApp, type TestApp, TOTP_SECRET } from "../support/app.js";
import { testDatabase } from "../support/database.js";
import { median, rankSumP } from "./rank-sum.js";

const REQUESTS = 200;
const WARM_UP = 30;

const WHO = {
  "no password yet": "ida@acme.test",
  "a password": "ada@acme.test",
  "a password and a factor": "tom@acme.test",
  nobody: "nobody@acme.test",
} as const;
type Who = keyof typeof WHO;
const GROUPS = Object.keys(WHO) as Who[];

/** Milliseconds that one request takes; afterwards all that it set off is done, and no limit is near. */
async function timed(app: TestApp, path: string, address: string): Promise<number> {
  const visitor = app.visitor();
  const began = performance.now();
  const { status } = await visitor.post(path, { address });
  const took = performance.now() - began;
  if (status !== 202) throw new Error(`answered ${status}`);
  await app.secondFactor.settled();
  app.clock.advance({ hours: 1 });
  return took;
}

async function measure(app: TestApp, path: string): Promise<Record<Who, number[]>> {
  const times = Object.fromEntries(GROUPS.map((who) => [who, [] as number[]])) as Record<Who, number[]>;
  for (let i = 0; i < WARM_UP; i += 1) await timed(app, path, WHO.nobody);
  for (let i = 0; i < REQUESTS; i += 1) {
    for (const who of GROUPS.toSorted(() => Math.random() - 0.5)) {
      times[who].push(await timed(app, path, WHO[who]));
    }
  }
  return times;
}

function report(path: string, times: Record<Who, number[]>): void {
  console.log(`POST ${path}, ${REQUESTS} requests each`);
  for (const who of GROUPS) {
    const p =
      who === "nobody" ? "" : `, p = ${rankSumP(times[who], times.nobody).toFixed(3)} against nobody's`;
    console.log(`  ${who}: median ${median(times[who]).toFixed(2)} ms${p}`);
  }
}

const database = await testDatabase();
const mails = createOutbox({ limit: 1 });
const app: TestApp = await startApp(
  withAccount<AppOptions>(
    { connection: await database.connect() },
    {
      delivery: mails.mail({ from: "acme@acme.test" }),
      findUser: (address) => app.User.findOne({ email: address }),
      selfReset: "unprotected",
    },
  ),
);
await app.User.create({ email: WHO["no password yet"] });
await app.addUser({ email: WHO["a password"] });
await app.addUser({ email: WHO["a password and a factor"], secret: TOTP_SECRET });
for (const path of ["/second-factor/first-login", "/second-factor/forgot"]) {
  report(path, await measure(app, path));
}
await app.close();
await database.close();
