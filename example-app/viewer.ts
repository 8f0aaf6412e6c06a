/** Who looks at a page, as the pages are told. */
import type { Request } from "express";
import type { SecondFactor } from "passport-second-factor";
import { linesOf } from "./cart.js";
import type { Viewer } from "./pages/layout.js";
import { rolesOf, type UserDocument } from "./users.js";

export async function viewerOf(req: Request, secondFactor: SecondFactor): Promise<Viewer> {
  const standing = await secondFactor.check(req);
  const inCart = linesOf(req).reduce((sum, { count }) => sum + count, 0);
  const { state } = standing;
  if (state === "anonymous") return { inCart, secondFactor: { state } };
  if (state === "pending") return { inCart, secondFactor: { state, owes: standing.owes } };
  const user = req.user as UserDocument | undefined;
  const { email = "", name = "" } = user ?? {};
  const roles = user ? rolesOf(user) : [];
  return {
    inCart,
    user: { email, name, roles, isProtected: standing.enrolled.length > 0 },
    secondFactor: { state, factors: standing.factors },
  };
}
