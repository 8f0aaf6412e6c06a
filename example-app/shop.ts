/** The shop's own routes: products and a cart for anybody, and an admin side. */
import { type RequestHandler, Router } from "express";
import type { SecondFactor } from "passport-second-factor";
import { sendPage, wantsPage } from "./answers.js";
import { addToCart, emptyCart, linesOf } from "./cart.js";
import { Admin } from "./pages/admin.js";
import { Cart } from "./pages/cart.js";
import { Home } from "./pages/home.js";
import { Problem } from "./pages/problem.js";
import { productOf } from "./products.js";
import { signedIn } from "./sign-in.js";
import { rolesOf, type UserDocument, type Users } from "./users.js";
import { viewerOf } from "./viewer.js";

export function shopRoutes({ users, secondFactor }: { users: Users; secondFactor: SecondFactor }): Router {
  const routes = Router();
  routes.get("/", async (req, res) => sendPage(res, Home(await viewerOf(req, secondFactor))));
  routes.get("/cart", async (req, res) => {
    sendPage(res, Cart({ viewer: await viewerOf(req, secondFactor), lines: linesOf(req) }));
  });
  routes.post("/cart", (req, res) => {
    const { product: id } = (req.body ?? {}) as { product?: unknown };
    const product = productOf(id);
    if (!product) return void res.status(400).json({ error: "There is no such product." });
    addToCart(req, product);
    res.redirect(303, `/#${product.id}`);
  });
  routes.post("/cart/empty", (req, res) => {
    emptyCart(req);
    res.redirect(303, "/cart");
  });
  routes.get("/admin", signedIn, adminsOnly, async (req, res) => {
    const people = await users.find().sort({ email: 1 }).limit(100).populate("groups");
    const rows = people.map((user) => ({ email: user.email, name: user.name, roles: rolesOf(user) }));
    sendPage(res, Admin({ viewer: await viewerOf(req, secondFactor), people: rows }));
  });
  routes.get("/whoami", async (req, res) => {
    const { user, secondFactor: standing } = await viewerOf(req, secondFactor);
    res.set("Cache-Control", "no-store").json({
      user: user ? { email: user.email, roles: user.roles } : null,
      secondFactor: standing,
    });
  });
  return routes;
}

const adminsOnly: RequestHandler = function shopAdmins(req, res, next) {
  if (rolesOf(req.user as UserDocument).includes("admin")) return next();
  const title = "This is for administrators";
  if (!wantsPage(req)) return void res.status(403).json({ error: title });
  sendPage(res, Problem({ title, text: "Your account can't open it. Ask help@acme.test." }), 403);
};
