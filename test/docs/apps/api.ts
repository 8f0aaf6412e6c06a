// api.ts
/** A problem document: `code` is what to switch on, the rest depends on it. */
interface Problem {
  status: number;
  code: string;
  challengeUrl?: string;
  loginUrl?: string;
  attemptsLeft?: number;
  target?: string;
}

/** What is asked: the answer of `GET challengeUrl`. */
interface Asked {
  factors: { kind: string; hint?: string }[];
  preferred: string;
  description?: string;
}

/** Your dialogues. Each throws where the person gives up. */
export interface Screens {
  /** Has posted password and all to `/api/login`, by `api()`. */
  signIn(): Promise<void>;
  /** What they typed; `before` is why the code before was refused. */
  code(asked: Asked, before?: Problem): Promise<{ factor: string; code: string }>;
  /** Walks `POST /enrol/:factor` and its `/confirm`, or opens the page that does: `location.assign(url)`. */
  enrol(url: string): Promise<void>;
}

export class Refused extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.code);
    this.problem = problem;
  }
}

/** `fetch` for JSON. What is owed is settled by the screens, then the request is sent again. */
export async function api(screens: Screens, path: string, body?: object): Promise<unknown> {
  const [answer, problem] = await send(path, body);
  if (!problem) return answer;
  await settle(screens, problem);
  // A login is complete with its code: the password need not go again.
  return path === "/api/login" ? answer : api(screens, path, body);
}

async function settle(screens: Screens, problem: Problem): Promise<void> {
  const { code, challengeUrl = "", loginUrl, target } = problem;
  if (loginUrl) return screens.signIn(); // nobody is signed in, whatever the code
  switch (code) {
    case "second_factor_required":
      return enterCode(screens, challengeUrl, {});
    case "step_up_required":
      return enterCode(screens, challengeUrl, { ...actionOf(challengeUrl), target });
    case "enrolment_required":
      return screens.enrol(challengeUrl);
    default: // locked, forbidden, cross_origin, password_change_required …
      throw new Refused(problem);
  }
}

async function enterCode(screens: Screens, url: string, about: object): Promise<void> {
  const [asked, gone] = await send(url);
  if (gone) return settle(screens, gone);
  let before: Problem | undefined;
  for (;;) {
    const typed = await screens.code(asked as Asked, before);
    const [, refused] = await send("/second-factor/challenge/verify", { ...about, ...typed });
    if (!refused) return;
    // A wrong code is 401 too. `locked` has Retry-After; after anything else there is nothing to type again.
    if (!["wrong_code", "invalid_input", "locked"].includes(refused.code)) return settle(screens, refused);
    before = refused;
  }
}

const actionOf = (url: string) => ({ action: new URL(url, "http://any").searchParams.get("action") });

/** An answer or a problem document; whatever else comes back is thrown, such as Passport's bare 401. */
async function send(path: string, body?: object): Promise<[answer: unknown, problem?: Problem]> {
  const response = await fetch(path, {
    method: body ? "POST" : "GET",
    ...(body ? { headers: { "content-type": "application/json" }, body: JSON.stringify(body) } : {}),
  });
  const isProblem = response.headers.get("content-type")?.startsWith("application/problem+json");
  if (isProblem) return [undefined, (await response.json()) as Problem];
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return [await response.json()];
}
